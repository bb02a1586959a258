"""How a part tells that it is ready: a file in the state folder, named after the part."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from django.conf import settings


def _path(part: str) -> Path:
    return Path(settings.STATE_DIR) / "run" / f"{part}.ready"


announced = threading.Event()
"""Set once this process has begun its work."""


def announce(part: str) -> None:
    """Say that `part` is ready to work; the file holds the process id."""
    announced.set()
    path = _path(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(str(os.getpid()))
    draft.replace(path)


def is_ready(part: str, pid: int) -> bool:
    """Tell whether the process `pid` has announced itself as `part`."""
    try:
        return _path(part).read_text() == str(pid)
    except FileNotFoundError:
        return False
