"""How many log lines are known to be lost, and when that was last noticed."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from vamp.ports.clock import Clock

log = logging.getLogger("vga.lines")


class Losses:
    """Counts lost lines since the agent's start. Safe between threads.

    What was lost ended no later than `dropped_at`; how much earlier is not known, so a window that
    begins before it is not enough evidence.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._count = 0
        self._at: datetime | None = None

    def add(self, count: int, reason: str) -> None:
        """Note that `count` lines are gone: at least that many, where nobody can tell."""
        if count <= 0:
            return
        with self._lock:
            self._count += count
            self._at = self._clock.now()
        log.warning("lines.lost", extra={"count": count, "reason": reason})

    def noted(self) -> tuple[int, datetime | None]:
        """Return the count and when it last rose."""
        with self._lock:
            return self._count, self._at
