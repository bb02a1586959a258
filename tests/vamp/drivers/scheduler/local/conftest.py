"""A folder with a supervisor, as a user has it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vamp.drivers.scheduler.local.driver import LocalScheduler
from vamp.drivers.scheduler.local.status import InstanceStatus, read_status
from vamp.drivers.scheduler.local.supervisor import run
from vamp.ports.errors import PortUnavailable

ROOT = Path(__file__).resolve().parents[5]
SERVICE = Path(__file__).with_name("service.py")


class Supervised:
    """A folder and its supervisor: a thread, or a process of its own for tests that kill it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scheduler = LocalScheduler(folder)
        self.process: subprocess.Popen[str] | None = None
        self.thread: threading.Thread | None = None
        self.stop = threading.Event()

    def define(self, **changes: Any) -> None:
        version = {
            "command": [sys.executable, "-S", "-E", str(SERVICE), "$PORT", str(self.folder)],
            "readiness": {"http": "/health", "interval": "50ms", "failures": 2},
            "stop": {"drain": "50ms", "grace": "5s"},
            **changes,
        }
        services = {"shop": {"versions": {"1": version}}} if version["command"] else {}
        self.write(json.dumps({"services": services, "ports": {"first": 25000, "last": 25999}}))

    def write(self, text: str) -> None:
        draft = self.folder / "draft"
        draft.write_text(text)
        draft.replace(self.folder / "services.yaml")

    def start(self) -> None:
        self.thread = threading.Thread(target=run, args=(self.folder, self.stop))
        self.thread.start()
        self.eventually(lambda: self.is_supervised_by(os.getpid()))

    def start_process(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vamp.drivers.scheduler.local.supervisor", str(self.folder)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        pid = self.process.pid
        self.eventually(lambda: self.is_supervised_by(pid))

    def is_supervised_by(self, pid: int) -> bool:
        try:
            self.scheduler.snapshot()
        except PortUnavailable:
            return False
        status = read_status(self.folder)
        return status is not None and status.supervisor == pid

    def end(self, wanted: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(wanted)
        self.process.communicate(timeout=20)
        code = self.process.returncode
        self.process = None
        return code

    def close(self) -> None:
        if self.process is not None:
            self.end(signal.SIGTERM)
        if self.thread is None and self.instances():
            self.start()
        self.stop.set()
        if self.thread is not None:
            self.thread.join()
        assert self.instances() == ()

    def instances(self) -> tuple[InstanceStatus, ...]:
        status = read_status(self.folder)
        return status.instances if status is not None else ()

    def ready(self) -> list[InstanceStatus]:
        return [one for one in self.instances() if one.is_ready]

    def eventually(self, holds: Callable[[], object]) -> None:
        until = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < until, f"did not come about in time: {self.instances()}"
            time.sleep(0.005)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    place = Supervised(tmp_path)
    yield place
    place.close()
