"""The embedded broker: kombu's file system transport, made safe between processes.

kombu writes a message into the file from which a reader may already take it, so a reader now and
then gets an empty message and its worker stops; and it moves messages through the machine's
temporary folder. Here a message appears in the queue's folder by a rename once it is whole, and is
claimed by a rename within the same folder.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

_SUFFIX = ".msg"


class Channel(filesystem.Channel):
    """A channel whose messages appear and vanish by renames."""

    # kombu and its stubs name the second argument differently.
    def _put(  # type: ignore[override]
        self, queue: str, payload: Any, **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        name = f"{time.monotonic_ns():020d}_{uuid.uuid4().hex}.{queue}"
        draft = folder / f".{name}.draft"
        draft.write_text(dumps(payload))
        draft.rename(folder / f"{name}{_SUFFIX}")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        wanted = f".{queue}{_SUFFIX}"
        for name in sorted(
            entry.name for entry in os.scandir(folder) if entry.name.endswith(wanted)
        ):
            claimed = folder / f".{name}.claimed"
            try:
                (folder / name).rename(claimed)
            except FileNotFoundError:
                continue  # another reader was faster
            text = claimed.read_text()
            claimed.unlink()
            return loads(text)
        raise Empty

    def _size(self, queue: str) -> int:
        wanted = f".{queue}{_SUFFIX}"
        return sum(entry.name.endswith(wanted) for entry in os.scandir(self.data_folder_in))

    def _purge(self, queue: str) -> int:
        purged = 0
        while True:
            try:
                self._get(queue)
            except Empty:
                return purged
            purged += 1


class Transport(filesystem.Transport):
    """What Celery is pointed at for a broker of ``filesystem://``."""

    Channel = Channel
