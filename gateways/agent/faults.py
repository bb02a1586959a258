"""What is wrong at present, per gateway and kind, for the report, ``/health`` and ``vga status``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from vamp.ports.clock import Clock

LONGEST_MESSAGE = 2_000
"""What the agent API takes; HAProxy can have a lot to say of a large configuration."""


@dataclass(frozen=True, slots=True)
class AgentFault:
    """One thing that is wrong and has not been mended yet.

    Attributes:
        gateway: whom it concerns; empty for the agent as a whole.
        message: what is wrong, as a sentence fit to show.
        since: when it was first seen without a break, aware UTC.
    """

    gateway: str
    message: str
    since: datetime


class Faults:
    """The present faults. Safe between threads; every method is quick.

    A fault is known by gateway and kind (``part``, ``check``, ``port`` …): raising it again
    changes its message and keeps its beginning.
    """

    def __init__(self, clock: Clock, *, on_change: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._on_change = on_change
        self._present: dict[tuple[str, str], AgentFault] = {}
        self._lock = threading.Lock()

    def set(self, kind: str, gateway: str, message: str) -> None:
        """Note that something is wrong; a message is cut at `LONGEST_MESSAGE`."""
        message = message[:LONGEST_MESSAGE]
        with self._lock:
            before = self._present.get((gateway, kind))
            since = before.since if before else self._clock.now()
            self._present[gateway, kind] = AgentFault(gateway, message, since)
            changed = before is None or before.message != message
        if changed:
            self._on_change()

    def clear(self, kind: str, gateway: str = "") -> None:
        """Note that it is mended. Idempotent."""
        with self._lock:
            changed = self._present.pop((gateway, kind), None) is not None
        if changed:
            self._on_change()

    def keep_only(self, kind: str, gateways: frozenset[str]) -> None:
        """Clear the faults of `kind` of all gateways but `gateways`."""
        with self._lock:
            gone = [key for key in self._present if key[1] == kind and key[0] not in gateways]
            for key in gone:
                del self._present[key]
        if gone:
            self._on_change()

    def present(self) -> tuple[AgentFault, ...]:
        """Return what is wrong now, ordered by gateway and beginning."""
        with self._lock:
            return tuple(sorted(self._present.values(), key=lambda f: (f.gateway, f.since)))
