from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command

from gateways.management.booting import free_ports
from gateways.management.commands import up as command
from tests.servers import free_port
from tests.vamp.processes.running import end, running, wait_until


def parts_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def lives(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


class Failing:
    """An installation one part of which ends whenever it is started."""

    ready = frozenset({"web"})

    def __init__(self, **options):
        self.has_ended = False

    def look_after(self):
        return ["worker-live"]

    def failing(self):
        return {"worker-live": "No module named 'redis'"}

    def log_of(self, name):
        return Path("/logs") / f"{name}.log"

    def end(self):
        self.has_ended = True


def test_up__part_ends_at_every_start__gives_up_and_says_which_and_why(monkeypatch):
    made = Failing()
    monkeypatch.setattr(command, "Installation", lambda **options: made)
    monkeypatch.setattr(command, "end_on_signals", threading.Event)
    monkeypatch.setattr(command, "call_command", lambda name, **options: None)

    with pytest.raises(CommandError) as refused:
        call_command("up", "--agents", "0", "--port", str(free_port()))

    assert str(refused.value) == (
        "these end whenever they are started:\n"
        "  worker-live: No module named 'redis'; see /logs/worker-live.log"
    )
    assert made.has_ended


def test_up__another_listens_there__is_refused_before_anything_is_made(monkeypatch):
    called = []
    monkeypatch.setattr(command, "call_command", lambda name, **options: called.append(name))

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"another process listens at 127.0.0.1:{port}"):
            call_command("up", "--port", str(port), "--lift", "acme/production")

    assert called == []


@pytest.mark.processes
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
