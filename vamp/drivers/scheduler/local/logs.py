"""What instances print: one growing file each, turned over by size, read from its end.

An instance writes into its file by itself, so that it outlives the supervisor. Turning over copies
the file and then empties it; what is printed in between, some microseconds, is lost.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Container, Sequence
from pathlib import Path

LOGS = "logs"
LIMIT_BYTES = 5_000_000
OLD_FILES = 3
KEPT_AFTER_END = 50
"""Logs of so many ended instances are kept, the newest ones."""

_BLOCK_BYTES = 65_536


def log_path(folder: Path, uid: str) -> Path:
    """Return the file that the instance prints into."""
    return folder / LOGS / f"{uid}.log"


def last_lines(folder: Path, uid: str, *, lines: int) -> Sequence[str]:
    """Return the last `lines` lines, oldest first; bytes that are no UTF-8 are replaced.

    Raises:
        FileNotFoundError: there is no such log.
    """
    path = log_path(folder, uid)
    found = _tail(path, lines)
    for old in (_old(path, number) for number in range(1, OLD_FILES + 1)):
        if len(found) >= lines or not old.exists():
            break
        found = [*_tail(old, lines - len(found)), *found]
    return found


def turn_over(path: Path, *, limit_bytes: int = LIMIT_BYTES) -> bool:
    """Move what `path` holds to ``path.1`` once it is over the limit; older ones move up."""
    try:
        if path.stat().st_size <= limit_bytes:
            return False
    except FileNotFoundError:
        return False
    for number in range(OLD_FILES, 1, -1):
        younger = _old(path, number - 1)
        if younger.exists():
            younger.replace(_old(path, number))
    shutil.copyfile(path, _old(path, 1))
    os.truncate(path, 0)
    return True


def prune(folder: Path, *, running: Container[str]) -> None:
    """Remove the logs of instances that ended long ago."""
    ended = [path for path in (folder / LOGS).glob("*.log") if path.stem not in running]
    ended.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in ended[KEPT_AFTER_END:]:
        for file in (path, *(_old(path, number) for number in range(1, OLD_FILES + 1))):
            file.unlink(missing_ok=True)


def _old(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _tail(path: Path, lines: int) -> list[str]:
    if lines < 1:
        return []
    with path.open("rb") as file:
        position, content = file.seek(0, os.SEEK_END), b""
        while position > 0 and content.count(b"\n") <= lines:
            size = min(_BLOCK_BYTES, position)
            position -= size
            file.seek(position)
            content = file.read(size) + content
    return content.decode(errors="replace").splitlines()[-lines:]
