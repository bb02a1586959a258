"""A clock that stands still until it is told otherwise, for simulation and tests."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class SettableClock:
    """Tells the time that it was set to last. Safe between threads.

    Args:
        moment: where it starts; aware, kept in UTC.
    """

    def __init__(self, moment: datetime) -> None:
        self._lock = threading.Lock()
        self._now = _utc(moment)

    def now(self) -> datetime:
        """Return the time that was set, aware, in UTC."""
        with self._lock:
            return self._now

    def set(self, moment: datetime) -> None:
        """Jump to `moment`, forwards or backwards.

        Raises:
            ValueError: `moment` has no zone.
        """
        moved = _utc(moment)
        with self._lock:
            self._now = moved

    def advance(self, by: timedelta) -> datetime:
        """Move on by `by` (back if negative) and return the new time."""
        with self._lock:
            self._now += by
            return self._now


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a clock needs an aware time; give it a zone, such as datetime.UTC")
    return moment.astimezone(UTC)
