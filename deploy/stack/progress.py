"""Lines that say what goes on with each component, and since when."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

REMINDER_S = 30.0
NAME_WIDTH = 24


class Progress:
    """Prints from several threads, a line at a time. What takes long is said again now and then."""

    def __init__(self, out: TextIO | None = None, *, reminder_s: float = REMINDER_S) -> None:
        self._out = out or sys.stderr
        self._reminder_s = reminder_s
        self._lock = threading.Lock()
        self._doing: dict[str, tuple[str, float]] = {}

    def say(self, name: str, what: str) -> None:
        """Print `what` goes on with `name`."""
        with self._lock:
            self._doing[name] = (what, time.monotonic())
            self._print(name, what)

    def done(self, name: str, what: str) -> None:
        """Print that `name` has come to its end, and `what` that is."""
        with self._lock:
            begun = self._doing.pop(name, None)
            self._print(name, what if begun is None else f"{what} {_since(begun[1])}")

    def voice(self, name: str) -> Callable[[str], None]:
        """Return what says things of `name`."""
        return lambda what: self.say(name, what)

    @contextmanager
    def reminding(self) -> Iterator[None]:
        """Repeat what is still being done now and then."""
        over = threading.Event()

        def remind() -> None:
            while not over.wait(self._reminder_s):
                with self._lock:
                    for name, (what, begun) in self._doing.items():
                        self._print(name, f"{what} … {_since(begun)}")

        thread = threading.Thread(target=remind, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _print(self, name: str, what: str) -> None:
        self._out.write(f"· {name:<{NAME_WIDTH}} {what}\n")
        self._out.flush()


def _since(begun: float) -> str:
    return f"{time.monotonic() - begun:.0f} s"
