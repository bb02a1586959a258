from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import requests

from gateways.management.booting import free_ports
from tests.vamp.processes.running import end, running, wait_until

pytestmark = pytest.mark.processes


def parts_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def lives(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_up__no_tenant_yet__comes_up_starts_again_what_dies_and_ends_everything(tmp_path):
    port, _ = free_ports(agents=0)
    log = tmp_path / "log"
    announced = tmp_path / "run" / "consume.ready"

    with running(tmp_path, "up", "--port", str(port), "--agents", "0") as process:
        wait_until(process, tmp_path, lambda: "UI and API: " in log.read_text())
        assert len(parts_of(process.pid)) == 5
        first = announced.read_text()
        answer = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5)

        os.kill(int(first), signal.SIGKILL)
        wait_until(process, tmp_path, lambda: announced.read_text() != first)
        pids = parts_of(process.pid)

        assert end(process) == 0

    assert answer.json() == {"status": "ok", "dependencies": {"database default": "ok"}}
    assert not any(lives(pid) for pid in pids)
    told = log.read_text()
    assert "part.ended part=consume status=-9" in told
    for name in ("web", "worker-live", "worker-regular-slow", "consume", "sync"):
        assert told.count(f"  {name} ") == 1
        assert "ready" not in (tmp_path / "logs" / f"{name}.log").read_text()
