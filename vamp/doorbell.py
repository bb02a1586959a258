"""Doorbells: waking the processes of one machine within a fraction of a millisecond.

A doorbell carries no content and may be lost or rung too often; whoever waits looks at the rows
again, and wakes by itself after its time-out. Between machines the event stream does this work.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import select
from collections.abc import Iterator
from pathlib import Path


class Doorbell:
    """One bell, rung by any process and heard by every process that listens.

    Each listener has a FIFO of its own in the bell's folder, because a byte in a shared one
    would wake a single listener. A FIFO that nobody reads any more is removed by the next ring.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ring(self) -> None:
        """Wake every listener. Never blocks and never fails: a lost ring costs one time-out."""
        with contextlib.suppress(OSError):
            for entry in os.scandir(self._folder):
                if not entry.name.startswith("."):  # not open yet: it hears the next ring
                    self._ring_one(entry.path)

    def _ring_one(self, path: str) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno == errno.ENXIO:  # its listener is gone
                with contextlib.suppress(OSError):
                    Path(path).unlink()
            return
        try:
            os.write(descriptor, b"\0")
        except OSError:
            pass  # full: it has enough rings waiting
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def listen(self) -> Iterator[Listener]:
        """Hear every ring from now on, until the block ends."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        draft = path.with_name(f".{path.name}")
        os.mkfifo(draft, 0o600)
        # Opened for writing too, so that the last writer's close does not read as an end of file.
        descriptor = os.open(draft, os.O_RDWR | os.O_NONBLOCK)
        try:
            # Shown only once it is open: a ring takes a FIFO that nobody has open for a dead one.
            draft.rename(path)
            yield Listener(descriptor)
        finally:
            os.close(descriptor)
            path.unlink(missing_ok=True)


class Listener:
    """One ear at a doorbell; used by one thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        """Return what an event loop may watch: readable after a ring, until `wait`."""
        return self._descriptor

    def wait(self, timeout_s: float) -> bool:
        """Block until the bell rang since the last call, or until `timeout_s` passed.

        Returns:
            False on time-out.
        """
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, timeout_s))
        if not ready:
            return False
        with contextlib.suppress(BlockingIOError):
            os.read(self._descriptor, 65_536)
        return True
