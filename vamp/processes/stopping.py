"""Ending politely: SIGTERM and SIGINT set an event that every loop of the process waits on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

stop = threading.Event()
"""Set once this process was asked to end."""

HAND_OVER = signal.SIGUSR1
"""Asks a process to end and to leave to its successor what must not stop."""


def end_on_signals(on_first: Callable[[], None] = lambda: None) -> threading.Event:
    """Let SIGTERM and SIGINT set `stop`; a second one ends the process at once.

    Call it in the main thread.

    Args:
        on_first: what else to do at the first one; runs in a signal handler, so it must not block.
    """

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            end_at_once(number)
        stop.set()
        on_first()

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)
    return stop


def set_on(number: signal.Signals) -> threading.Event:
    """Let the signal `number` ask this process to end as well, and return what tells that it did.

    Call it in the main thread, after `end_on_signals`.
    """
    asked = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        asked.set()
        stop.set()

    signal.signal(number, note)
    return asked


def end_at_once(number: int) -> None:
    """End this process with the shell's status for the signal `number`, whatever its threads do.

    An exception would wait for every thread that is not a daemon, and might be caught on its way.
    """
    os._exit(128 + number)
