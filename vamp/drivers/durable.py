"""Files that survive a crash at any instruction, and locks between processes and threads."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DRAFT = "+writing"
"""Name of the unfinished file in a folder. Who holds the folder's lock may overwrite a left one."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.0002, 0.005


def make_folder(folder: Path) -> None:
    """Make `folder` and those above it, durably, for this user alone; one that exists is left."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in `folder` survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, content: bytes) -> None:
    """Make `path` hold `content`: readers see the old or the new whole, also after a loss of power.

    Only one caller at a time may write into the folder: hold a lock. Makes the folder if need be.
    Cost: two fsyncs.
    """
    draft = path.with_name(DRAFT)
    try:
        descriptor = _draft(draft)
    except FileNotFoundError:
        make_folder(path.parent)
        descriptor = _draft(draft)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def _draft(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


@contextmanager
def locked(path: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold the lock that the file `path` stands for; made if need be, and never removed.

    The kernel gives the lock back when its holder dies. It keeps out other threads too.

    Raises:
        TimeoutError: somebody else held it for all of `timeout_s`.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, path, time.monotonic() + timeout_s)
        try:
            yield
        finally:
            # Closing alone would leave it with a child that was forked meanwhile.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, until: float) -> None:
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise TimeoutError(f"{path} stayed locked by another process") from None
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        else:
            return
