"""HAProxy's master process as seen through its command socket: which workers there are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateways.agent.runtime import RuntimeUnavailable, exchange, run_batches

_MASTER = re.compile(r"^(\d+)\s+master\s+(\d+)(?:\s+\[failed: (\d+)\])?", re.MULTILINE)
_WORKER = re.compile(r"^(\d+)\s+worker\s", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Processes:
    """What ``show proc`` says.

    Attributes:
        master: process id of the master.
        reloads: reloads since the master was started, failed ones included.
        failed: failed reloads since the last that succeeded.
        current: process ids of the workers that accept connections (one, as we run it).
        old: process ids of workers that finish what they have, oldest last.
    """

    master: int
    reloads: int
    failed: int
    current: tuple[int, ...]
    old: tuple[int, ...]

    @property
    def worker(self) -> int:
        """The worker that accepts connections; 0 while there is none."""
        return self.current[0] if self.current else 0


def processes(text: str) -> Processes:
    """Read the answer to ``show proc``.

    Raises:
        RuntimeUnavailable: it names no master; the process is between two lives.
    """
    master = _MASTER.search(text)
    if master is None:
        raise RuntimeUnavailable("the master names no processes")
    now, _, old = text.partition("# old workers")
    return Processes(
        master=int(master[1]),
        reloads=int(master[2]),
        failed=int(master[3] or 0),
        current=tuple(int(pid) for pid in _WORKER.findall(now)),
        old=tuple(int(pid) for pid in _WORKER.findall(old)),
    )


@dataclass(frozen=True, slots=True)
class MasterSocket:
    """The master's command socket. It refuses connections for about 50 ms during a reload.

    Every method may raise `RuntimeUnavailable`.

    Attributes:
        path: its file.
        timeout_s: how long one connection may take.
    """

    path: Path
    timeout_s: float = 2.0

    def processes(self) -> Processes:
        """Return the master and its workers. Cost: about 0.4 ms."""
        return processes(exchange(self.path, "show proc\n", timeout_s=self.timeout_s))

    def reload(self) -> None:
        """Ask for a reload. Returns at once; whether it succeeds shows in `processes`."""
        exchange(self.path, "reload\n", timeout_s=self.timeout_s)

    def ask(self, pid: int, command: str) -> str:
        """Return what one command prints in the worker `pid`; empty where that worker is gone."""
        return exchange(self.path, f"@!{pid} {command}\n", timeout_s=self.timeout_s)

    def run(self, pid: int, commands: Iterable[str]) -> None:
        """Carry out `commands` in the worker `pid`.

        Raises:
            RuntimeRefused: as of `CommandSocket.run`.
        """
        run_batches(self.path, (f"@!{pid}",), commands, timeout_s=self.timeout_s)
