"""What the cache needs to know to build something, and to tell builds apart."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

HASH_LENGTH = 12


class Recipe(Protocol):
    """One thing to build."""

    @property
    def name(self) -> str:
        """Return what people call it, and its folder: ``vault``."""
        ...

    @property
    def version(self) -> str:
        """Return the version that is built."""
        ...

    @property
    def files(self) -> Sequence[Path]:
        """Return the files of ours that decide what comes out."""
        ...

    def fetch(self, work: Path, log: Path) -> None:
        """Get sources into `work` and caches: waits for the network, needs little else.

        Raises:
            StackError: it cannot be had.
        """
        ...

    def build(self, work: Path, out: Path, log: Path) -> None:
        """Make what goes into the folder `out`: needs the processors.

        Raises:
            StackError: it does not build.
        """
        ...


def key(recipe: Recipe) -> str:
    """Return the name of a build's folder: another one for each version, script and processor."""
    digest = hashlib.sha256(platform.machine().encode())
    for path in recipe.files:
        digest.update(b"\0" + path.name.encode() + b"\0" + path.read_bytes())
    return f"{recipe.name}-{recipe.version}-{digest.hexdigest()[:HASH_LENGTH]}"
