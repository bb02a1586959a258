"""Processes that outlive the command that started them, and are never mistaken for others.

A process id alone may be a stranger's by now: the file of a process holds also when the kernel
started it, and in which boot.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.stack.errors import StackError
from deploy.stack.state import write_private

PROC = Path("/proc")
STOP_TIMEOUT_S = 60.0
POLL_S = 0.02
START_TIME_FIELD = 19
"""Of ``/proc/<pid>/stat``, counted behind the command's name; proc(5): starttime, field 22."""

_children: list[subprocess.Popen[bytes]] = []
"""What this very command has started: they outlive it, but those that end before it are reaped."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One process and no other, ever.

    Attributes:
        pid: its process id.
        started: ticks of the kernel's clock between boot and its start.
        boot: id of the boot it was started in.
    """

    pid: int
    started: int
    boot: str


@dataclass(frozen=True, slots=True)
class Launch:
    """How a process is started.

    Attributes:
        command: program and arguments.
        folder: that it works in.
        log: file that its output is appended to.
        environment: variables added to ours.
    """

    command: Sequence[str]
    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def boot_id() -> str:
    """Return the id that the kernel drew at this boot."""
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def identity(pid: int) -> Identity | None:
    """Return who `pid` is now; None where nobody is, or one that has ended and is not reaped."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    if state in "ZX":
        return None
    return Identity(pid, int(fields[START_TIME_FIELD - 1]), boot_id())


class ProcessFile:
    """The file that says which process of ours is running, if any."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def running(self) -> Identity | None:
        """Return the process if it is the very one that was started from here."""
        try:
            kept = Identity(**json.loads(self._path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return kept if identity(kept.pid) == kept else None

    def start(self, launch: Launch) -> Identity:
        """Start it, detached from this command's session, and note who it is.

        Raises:
            StackError: the program cannot be run, or ended at once.
        """
        try:
            with launch.log.open("ab") as log:
                child = subprocess.Popen(  # noqa: S603 the stack's own servers
                    launch.command,
                    cwd=launch.folder,
                    env={**os.environ, **launch.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise StackError(f"{launch.command[0]} cannot be started: {error.strerror}") from None
        _children.append(child)
        started = identity(child.pid)
        if started is None:
            raise StackError(f"{launch.command[0]} ended at once, with {child.wait()}")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_private(self._path, json.dumps(asdict(started)))
        return started

    def stop(
        self, *, sign: signal.Signals = signal.SIGTERM, timeout_s: float = STOP_TIMEOUT_S
    ) -> bool:
        """Send `sign` to the process and wait for its end.

        Returns:
            False where none was running.

        Raises:
            StackError: it did not end within `timeout_s`.
        """
        running = self.running()
        if running is not None:
            _signal(running, sign)
            _await_end(running, timeout_s)
        self._path.unlink(missing_ok=True)
        _children[:] = [child for child in _children if child.poll() is None]
        return running is not None


def _signal(process: Identity, sign: signal.Signals) -> None:
    """Through a descriptor of the process, so that nobody can take over its id in between."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        if identity(process.pid) == process:
            signal.pidfd_send_signal(descriptor, sign)
    except ProcessLookupError:
        pass
    finally:
        os.close(descriptor)


def _await_end(process: Identity, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while identity(process.pid) == process:
        if time.monotonic() > deadline:
            raise StackError(f"process {process.pid} did not end within {timeout_s:g} s")
        time.sleep(POLL_S)
