"""The folder that holds all the stack knows: data, ports, process ids, secrets, logs."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

SECRET_BYTES = 24
FOLDER_VARIABLE = "VAMP_STACK_DIR"


@dataclass(frozen=True, slots=True)
class State:
    """The state folder, `VAMP_STACK_DIR` or ``var/stack`` of the checkout.

    Attributes:
        folder: absolute; made when first written to.
    """

    folder: Path

    @classmethod
    def here(cls, environment: Mapping[str, str] = os.environ) -> State:
        """Return the one that this shell means."""
        chosen = environment.get(FOLDER_VARIABLE)
        checkout = Path(__file__).resolve().parents[2]
        return cls(Path(chosen).resolve() if chosen else checkout / "var" / "stack")

    def of(self, component: str) -> Path:
        """Return the folder of one component, made if need be."""
        folder = self.folder / component
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def log(self, process: str) -> Path:
        """Return the file that takes what `process` prints."""
        return self.of("logs") / f"{process}.log"

    @property
    def env_file(self) -> Path:
        """Return the file of variables that shells read."""
        return self.folder / "stack.env"

    def secret_path(self, name: str) -> Path:
        """Return where the secret `name` lies, in a folder that only its owner may enter."""
        folder = self.of("secrets")
        folder.chmod(0o700)
        return folder / name

    def secret(self, name: str, make: Callable[[], str] | None = None) -> str:
        """Return the secret `name`; the first time, make it and keep it in a file of mode 600.

        Args:
            name: file name.
            make: returns a new one; by default 24 random bytes, fit to stand in a URL.
        """
        path = self.secret_path(name)
        if not path.exists():
            write_private(path, make() if make else secrets.token_urlsafe(SECRET_BYTES))
        return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` for its owner only; a reader sees all of it or the file before."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.chmod(0o600)
    draft.write_text(text)
    draft.replace(path)
