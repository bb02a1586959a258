"""Where the agent keeps things on disk, and how a file is replaced so that no crash tears it."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_BYTES = 60
"""Longest folder for sockets: the kernel allows 107 bytes for ``<folder>/<name>.<pid>.tmp``."""


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one agent. Made by `prepare`, so every folder named here exists.

    Attributes:
        state: folder that outlives the agent.
        sockets: folder of the command sockets; under `state` where that path is short enough.
    """

    state: Path
    sockets: Path

    @property
    def parts(self) -> Path:
        """Folder with the last good part of each gateway."""
        return self.state / "parts"

    @property
    def live(self) -> Path:
        """Folder from which HAProxy runs: ``haproxy.cfg`` and its maps."""
        return self.state / "live"

    @property
    def candidate(self) -> Path:
        """Folder in which a configuration is checked before it goes live."""
        return self.state / "candidate"

    @property
    def spool(self) -> Path:
        """Folder with the rollups that have not been delivered."""
        return self.state / "spool"

    @property
    def config(self) -> Path:
        """The configuration that HAProxy runs."""
        return self.live / "haproxy.cfg"

    @property
    def process(self) -> Path:
        """Which process the HAProxy master is."""
        return self.state / "haproxy.pid"

    @property
    def output(self) -> Path:
        """What HAProxy prints."""
        return self.state / "haproxy.out"

    @property
    def lock(self) -> Path:
        """Held by the running agent, so that two never share a folder."""
        return self.state / "agent.lock"

    @property
    def worker_socket(self) -> Path:
        """Command socket of the worker."""
        return self.sockets / "worker.sock"

    @property
    def master_socket(self) -> Path:
        """Command socket of the master."""
        return self.sockets / "master.sock"


def prepare(state: Path) -> Places:
    """Make the folders under `state`, readable by this user only, and return the places.

    Where `state` is too deep for sockets they go to a folder under the system's temporary one,
    named by `state`, so that an agent started again finds them.

    Raises:
        OSError: a folder cannot be made, or the sockets' folder belongs to somebody else.
    """
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    sockets = state / "sockets"
    if len(os.fsencode(sockets)) > SOCKET_PATH_BYTES:
        name = hashlib.sha256(os.fsencode(state)).hexdigest()[:12]
        sockets = Path(tempfile.gettempdir()) / f"vga-{os.getuid()}-{name}"
    places = Places(state, sockets)
    for folder in (sockets, places.parts, places.live, places.candidate, places.spool):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = sockets.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PermissionError(f"{sockets} belongs to another user")
    sockets.chmod(0o700)
    return places


def replace_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Write `text` to `path` so that a reader sees all of the old or all of the new.

    Cost: about 0.5 ms on a local disk when `durable`, 0.05 ms otherwise.

    Args:
        path: its folder must exist.
        text: the new content.
        durable: also survive a loss of power, not only of the process.
    """
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    draft.replace(path)


def make_durable(written: Path, final: Path) -> None:
    """Move `written` to `final` so that a loss of power leaves all of the old or all of the new.

    A file that is not there is left alone. Cost: about 0.5 ms on a local disk.
    """
    try:
        with written.open("rb") as file:
            os.fsync(file.fileno())
        written.replace(final)
    except FileNotFoundError:
        return
