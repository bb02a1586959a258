from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from vamp.drivers.scheduler.local.processes import (
    HeldProcess,
    ProcessId,
    has_rest,
    is_running,
    machine_boot,
    send,
    started_at,
)


def held(folder: Path, *command: str) -> HeldProcess:
    return HeldProcess(
        command, variables={"PATH": os.environ["PATH"]}, directory=folder, log=folder / "log"
    )


def eventually(holds: Callable[[], object]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_held_process__not_let_go__does_not_run(tmp_path: Path) -> None:
    process = held(tmp_path, "touch", str(tmp_path / "ran"))

    assert is_running(process.id)
    assert not (tmp_path / "ran").exists()
    process.go()

    assert process.reap() == 0
    assert (tmp_path / "ran").exists()
    assert not is_running(process.id)


def test_held_process__let_go__is_the_program_itself_in_a_group_of_its_own(tmp_path: Path) -> None:
    process = held(tmp_path, "sleep", "60")
    process.go()
    command = Path(f"/proc/{process.id.pid}/cmdline")
    eventually(lambda: command.read_bytes().startswith(b"sleep"))

    assert os.getpgid(process.id.pid) == process.id.pid
    assert send(process.id, signal.SIGTERM)
    assert process.reap() == -signal.SIGTERM


_DIES_BEFORE_GO = """
import os, sys
from pathlib import Path
from vamp.drivers.scheduler.local.processes import HeldProcess
folder = Path(sys.argv[1])
held = HeldProcess(["touch", str(folder / "ran")], variables={"PATH": os.environ["PATH"]},
                   directory=folder, log=folder / "log")
print(held.id.pid, held.id.started, flush=True)
os._exit(9)
"""


def test_held_process__holder_dies_first__ends_without_running(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", _DIES_BEFORE_GO, str(tmp_path)], capture_output=True, text=True
    )

    pid, started = found.stdout.split()
    eventually(lambda: not is_running(ProcessId(int(pid), int(started))))
    assert not (tmp_path / "ran").exists()


def test_send__pid_is_another_process_by_now__leaves_that_alone(tmp_path: Path) -> None:
    process = held(tmp_path, "sleep", "60")
    stale = ProcessId(process.id.pid, process.id.started - 1)

    assert not is_running(stale)
    assert not has_rest(stale)
    assert not send(stale, signal.SIGKILL)
    assert is_running(process.id)

    send(process.id, signal.SIGKILL)
    process.reap()


def test_send__leader_gone_and_a_child_left__reaches_the_child(tmp_path: Path) -> None:
    script = f"sleep 60 & echo $! > {tmp_path}/child; exit 0"
    process = held(tmp_path, "sh", "-c", script)
    process.go()
    process.reap()
    child = int((tmp_path / "child").read_text())
    assert has_rest(process.id)

    assert send(process.id, signal.SIGKILL)

    eventually(lambda: not has_rest(process.id))
    assert not is_running(ProcessId(child, started_at(child) or 0))
    assert not send(process.id, signal.SIGKILL)


def test_started_at__no_such_process__is_none() -> None:
    assert started_at(2**22 + 1) is None
    assert started_at(os.getpid()) == started_at(os.getpid())
    assert machine_boot() == machine_boot() != ""
