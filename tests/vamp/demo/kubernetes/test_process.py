"""Processes in place of containers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.vamp.demo.kubernetes.pods import eventually
from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer
from vamp.demo.kubernetes.plan import Plan, Probe
from vamp.demo.kubernetes.process import Process, ask

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(script, **more):
        over = threading.Event()
        plan = Plan("c", "", ["sh", "-c", script], **more)
        process = Process(plan, name="shop-1", log=tmp_path / "log", on_end=over.set)
        started.append(process)
        return process, over

    yield begin
    for process in started:
        process.stop(0)


def exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].startswith(" Z")


def test_process__ends_by_itself__tells_its_code_and_keeps_its_output(start, tmp_path):
    process, over = start(
        "echo $HOSTNAME $COLOUR; echo no >&2; exit 7", variables={"COLOUR": "red"}
    )

    assert over.wait(10)
    assert process.code() == 7
    assert (tmp_path / "log").read_text() == "shop-1 red\nno\n"


def test_process__of_the_nodes_own_settings__sees_none(start, tmp_path, monkeypatch):
    monkeypatch.setenv("VAMP_KV_KEY", "hunter2")

    _, over = start("env")

    assert over.wait(10)
    assert "hunter2" not in (tmp_path / "log").read_text()


def test_stop__a_polite_process__ends_with_what_it_wants(start, tmp_path):
    process, _ = start("trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.01; done")
    eventually(lambda: "up" in (tmp_path / "log").read_text())

    process.stop(10)

    assert process.code() == 3


def test_stop__a_stubborn_process__is_killed_with_its_children(start, tmp_path):
    process, _ = start("trap '' TERM; sleep 600 & echo $!; while :; do sleep 0.01; done")
    eventually(lambda: (tmp_path / "log").read_text().strip())
    child = int((tmp_path / "log").read_text())

    process.stop(0.05)

    assert process.code() == 128 + 9
    eventually(lambda: not exists(child))


def test_process__whose_node_is_killed__dies_with_it(tmp_path):
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from vamp.demo.kubernetes.plan import Plan\n"
        "from vamp.demo.kubernetes.process import Process\n"
        "p = Process(Plan('c', '', ['sleep', '600']), name='x', log=Path(sys.argv[1]),"
        " on_end=lambda: None)\n"
        "print(p.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    node = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "log")], stdout=subprocess.PIPE, cwd=ROOT
    )
    with node:
        pid = int(node.stdout.readline())
        eventually(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
        node.kill()

    eventually(lambda: not exists(pid))


def test_process__directory_is_not_there__is_an_error(start):
    with pytest.raises(OSError, match="nowhere"):
        start("true", directory="/nowhere")


@pytest.mark.parametrize("path", ["", "/"])
def test_ask__nobody_listens__says_so(path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert "ConnectionRefusedError" in ask("127.0.0.1", Probe(port, path))


def test_ask__a_connection__is_enough_without_a_path():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert ask("127.0.0.1", Probe(listener.getsockname()[1])) == ""


@pytest.mark.parametrize(("status", "word"), [(200, ""), (302, ""), (404, "answered 404")])
def test_ask__http__by_its_status(server, status, word):
    server.on("GET", "/health", Answer({}, status))
    port = int(server.address.rpartition(":")[2])

    found = ask("127.0.0.1", Probe(port, "/health", {"X-Probe": "yes"}))

    assert found == "" if not word else word in found
    assert server.asked[0].headers["X-Probe"] == "yes"
