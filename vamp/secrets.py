"""Secrets of the embedded installation: made once, kept in the state folder, readable by us alone."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path


def kept_secret(folder: Path, name: str, *, size: int = 32) -> str:
    """Return the secret kept under `name`, made of `size` random bytes the first time.

    Two processes that start at once agree: the file is made exclusively, and the loser reads it.

    Returns:
        base64 text.
    """
    path = folder / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    text = base64.b64encode(secrets.token_bytes(size)).decode()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails where a rival was first; a rename would replace his
    except FileExistsError:
        text = path.read_text().strip()
    finally:
        draft.unlink()
    return text


def write_secret(path: Path, text: str) -> None:
    """Write `text` to `path` so that nobody else could ever read it, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    draft.replace(path)
