"""Processes of this machine, told from others that got the same pid later. Linux only.

A process is named by its pid and its start in clock ticks since the machine's boot (proc(5),
``/proc/<pid>/stat``, field 22). Nothing is ever sent to a pid whose start is another one.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_HELD = 'read -r go && exec "$@" </dev/null'
"""Waits for the word to go; ends if the one who would give it dies before."""


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process, and the session that it leads.

    Attributes:
        pid: as the kernel counts.
        started: clock ticks since the machine's boot.
    """

    pid: int
    started: int


class HeldProcess:
    """A program that has its pid already and does not run yet.

    Who records the pid before `go` leaves no process unrecorded, wherever it is killed.

    Raises:
        OSError: the directory or the log cannot be opened.
    """

    def __init__(
        self, command: Sequence[str], *, variables: Mapping[str, str], directory: Path, log: Path
    ) -> None:
        with log.open("ab") as output:
            self._child = subprocess.Popen(  # noqa: S603 what to run is the user's own definition
                ["/bin/sh", "-c", _HELD, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=dict(variables),
                cwd=directory,
                start_new_session=True,
            )
        self.id = ProcessId(self._child.pid, started_at(self._child.pid) or 0)

    def go(self) -> None:
        """Let the program run."""
        stream = self._child.stdin
        if stream is None:
            raise RuntimeError("a held process goes once")
        try:
            stream.write(b"go\n")
            stream.close()
        except BrokenPipeError:
            pass  # it was killed meanwhile, which its end will show
        self._child.stdin = None

    def reap(self) -> int:
        """Wait for the end and return how it ended, as `subprocess.Popen.returncode`."""
        if self._child.stdin is not None:  # ended while held
            self._child.stdin.close()
        return self._child.wait()


def machine_boot() -> str:
    """Return what names the machine's present boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def started_at(pid: int) -> int | None:
    """Return when the process started, in clock ticks since boot; None if there is none."""
    stat = _stat(pid)
    return int(stat[19]) if stat else None


def is_running(process: ProcessId) -> bool:
    """Tell whether the process is there and has not ended."""
    stat = _stat(process.pid)
    return stat is not None and int(stat[19]) == process.started and stat[0] not in "ZX"


def send(process: ProcessId, wanted: signal.Signals) -> bool:
    """Send `wanted` to the process group that `process` leads, its children included.

    Returns:
        False if nothing of it is left.
    """
    leader = started_at(process.pid)
    # While a group has members, the kernel gives its number to no new process: with the leader
    # gone, members of that number are still ours.
    if leader is not None and leader != process.started:
        return False
    if leader is None and not _has_members(process.pid):
        return False
    try:
        os.killpg(process.pid, wanted)
    except ProcessLookupError:
        return False
    return True


def has_rest(process: ProcessId) -> bool:
    """Tell whether a process of the group that `process` led is still there. Reads all of /proc."""
    leader = started_at(process.pid)
    return (leader is None or leader == process.started) and _has_members(process.pid)


def _has_members(group: int) -> bool:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat is not None and int(stat[2]) == group and stat[0] not in "ZX":
                return True
    return False


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The program's name stands in brackets and may hold spaces and brackets itself.
    return text.rpartition(")")[2].split()
