"""One event loop in a thread of this process, for clients that only know asyncio."""

from __future__ import annotations

import asyncio
import os
import threading

_lock = threading.Lock()
_running: tuple[int, asyncio.AbstractEventLoop] | None = None


def process_loop() -> asyncio.AbstractEventLoop:
    """Return this process's loop; a forked child gets one of its own at its first call."""
    global _running
    running = _running
    if running is not None and running[0] == os.getpid():
        return running[1]
    with _lock:
        if _running is None or _running[0] != os.getpid():
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="nats", daemon=True).start()
            _running = (os.getpid(), loop)
        return _running[1]


def _in_child() -> None:
    """Forget the parent's loop and its lock, which a thread that is not here may have held."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_in_child)
