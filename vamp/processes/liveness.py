"""Whether the loops of this process are alive: each beats, and one that has gone silent is told.

Liveness asks nothing of anybody outside: a process that waits for a server that is away is alive,
and starting it again would bring nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Loop:
    """One loop of a process. Call `beat` at every turn, from whichever thread.

    Args:
        name: shown to people.
        within_s: it is silent once it has not beaten for so long.
        now: monotonic seconds.
    """

    def __init__(self, name: str, within_s: float, now: Callable[[], float]) -> None:
        self.name = name
        self._within_s = within_s
        self._now = now
        self._at = now()
        self._waits = 0

    def beat(self) -> None:
        """Say that the loop goes round."""
        self._at = self._now()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait within the block for something outside, however long that takes."""
        self._waits += 1
        try:
            yield
        finally:
            self.beat()
            self._waits -= 1

    @property
    def silent_s(self) -> float:
        """Seconds since the last beat; 0 while it waits for something outside."""
        return 0.0 if self._waits else max(0.0, self._now() - self._at)

    @property
    def is_silent(self) -> bool:
        """Whether it has not beaten for longer than it may."""
        return self.silent_s > self._within_s


class Loops:
    """Every loop of a process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._loops: list[Loop] = []

    def begin(self, name: str, *, within_s: float) -> Loop:
        """Watch over a loop from now on; several may have one name."""
        loop = Loop(name, within_s, self._now)
        with self._lock:
            self._loops.append(loop)
        return loop

    def end(self, loop: Loop) -> None:
        """Watch over `loop` no more: it ended because it should."""
        with self._lock:
            if loop in self._loops:
                self._loops.remove(loop)

    @contextmanager
    def watched(self, name: str, *, within_s: float) -> Iterator[Loop]:
        """Watch over a loop within the block; an error that leaves it leaves the loop silent."""
        loop = self.begin(name, within_s=within_s)
        yield loop
        self.end(loop)

    def silent(self) -> Mapping[str, float]:
        """Return the loops that have gone silent, with the seconds since they beat last."""
        with self._lock:
            return {loop.name: loop.silent_s for loop in self._loops if loop.is_silent}

    def ages(self) -> Mapping[str, float]:
        """Return every loop with the seconds since it beat last; the oldest of one name."""
        found: dict[str, float] = {}
        with self._lock:
            for loop in self._loops:
                found[loop.name] = max(loop.silent_s, found.get(loop.name, 0.0))
        return found


loops = Loops()
"""Those of this process."""
