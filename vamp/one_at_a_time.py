"""Work of which a process does one at a time, so that it cannot take every thread of its pool."""

from __future__ import annotations

import threading
from collections.abc import Callable


class OneAtATime:
    """Runs work; whoever asks while it runs has it run once more afterwards, and does not wait.

    Args:
        work: looks for itself what there is to do.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._is_asked = False

    def run(self) -> None:
        """Do the work, or leave it to the thread that is at it.

        Raises:
            Exception: what the work raises, in the thread that did it.
        """
        self._is_asked = True
        while self._is_asked and self._lock.acquire(blocking=False):
            try:
                self._is_asked = False
                self._work()
            finally:
                self._lock.release()
