"""Knowing a process again: by its id and when it began, for ids are given out again."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """What tells a process from a later one with its id.

    Attributes:
        pid: its id.
        began: ticks from the machine's boot to its start.
        boot: the boot that these are counted from.
    """

    pid: int
    began: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> ProcessMark | None:
        """Return the mark of the process `pid` that runs now; None where none does."""
        fields = _stat(pid)
        if fields is None or fields[0] == "Z":
            return None
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return cls(pid, int(fields[19]), boot)

    @property
    def is_running(self) -> bool:
        """This very process runs."""
        return ProcessMark.of(self.pid) == self

    def end(self, *, wait_s: float) -> bool:
        """Ask it to end, and kill it where it does not in time. Never signals another process.

        Returns:
            Whether it ended by itself; True where it did not run.
        """
        if not self._signal(signal.SIGTERM) or self._ends(wait_s):
            return True
        self._signal(signal.SIGKILL)
        self._ends(wait_s)
        return False

    def _signal(self, number: signal.Signals) -> bool:
        if not self.is_running:
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def _ends(self, wait_s: float) -> bool:
        until = time.monotonic() + wait_s
        while self.is_running:
            _reap(self.pid)
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_EVERY_S)
        return True


def children_of(pid: int) -> list[ProcessMark]:
    """Return the marks of the processes that `pid` has started and that run."""
    found = []
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) and int(fields[1]) == pid:
            mark = ProcessMark.of(int(entry.name))
            if mark is not None:
                found.append(mark)
    return found


def _stat(pid: int) -> list[str] | None:
    """Return the fields of ``/proc/<pid>/stat`` behind the name; the first are state and parent."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def _reap(pid: int) -> None:
    """Take note of the end of a process of ours; another's parent does it there."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
