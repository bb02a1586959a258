"""Ending politely: SIGTERM and SIGINT set an event that every loop of the process waits on."""

from __future__ import annotations

import signal
import threading
from types import FrameType

stop = threading.Event()
"""Set once this process was asked to end."""


def end_on_signals() -> threading.Event:
    """Let SIGTERM and SIGINT set `stop`; a second one ends the process at once.

    Call it in the main thread.
    """

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        stop.set()

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)
    return stop
