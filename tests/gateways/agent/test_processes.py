"""Processes that cannot be mistaken, and ports that others hold."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gateways.agent.processes import ProcessId, held_ports, listeners, sockets_of
from tests.gateways.agent.rig import until

EVERYWHERE = "0.0.0.0"


def test_process_id__another_start_time__is_another_process():
    me = ProcessId.of(os.getpid())

    assert me is not None
    assert me.is_alive()
    assert not replace(me, started=me.started + 1).is_alive()
    assert me.runs_with(sys.orig_argv[-1])
    assert not me.runs_with("no such argument")


def test_process_id__ended_and_not_collected__is_not_alive():
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    found = ProcessId.of(process.pid)

    process.wait()
    assert found is None


ENDS_ITS_FIRST_THREAD = """
import ctypes, platform, socket, threading, time
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=time.sleep, args=(60,)).start()
print(listener.getsockname()[1], flush=True)
number = {"x86_64": 60, "aarch64": 93}[platform.machine()]  # exit: of one thread, not of all
ctypes.CDLL(None).syscall(number, 0)
"""


def test_process_id__first_thread_ended_before_the_others__is_alive_while_it_listens():
    with subprocess.Popen(
        [sys.executable, "-c", ENDS_ITS_FIRST_THREAD], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        stat = Path(f"/proc/{process.pid}/stat")
        until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z")

        found = ProcessId.of(process.pid)
        listening = listeners("127.0.0.1", [port])
        process.kill()

    assert found is not None
    assert port in listening
    assert not found.is_alive()


@pytest.mark.parametrize(
    ("family", "bound", "asked", "is_held"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1", True),
        (socket.AF_INET, "127.0.0.1", "127.0.0.2", False),
        (socket.AF_INET, "127.0.0.1", EVERYWHERE, True),
        (socket.AF_INET, EVERYWHERE, "127.0.0.2", True),
        (socket.AF_INET6, "::1", "127.0.0.1", False),
        (socket.AF_INET6, "::", "127.0.0.1", True),
        (socket.AF_INET6, "::1", "::1", True),
        (socket.AF_INET6, "::ffff:127.0.0.1", "127.0.0.1", True),
    ],
)
def test_held_ports__listener_of_another__counts_where_it_would_meet_ours(
    family, bound, asked, is_held
):
    with socket.socket(family) as listener:
        listener.bind((bound, 0))
        listener.listen()
        port = listener.getsockname()[1]

        found = held_ports(asked, [port], ours=[])
        own = held_ports(asked, [port], ours=[os.getpid()])

    assert (port in found) == is_held
    assert not own


def test_listeners__connected_socket__is_none():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as connection:
            other = connection.getsockname()[1]

            found = listeners("127.0.0.1", [port, other])

    assert found.keys() == {port}


def test_sockets_of__process_that_is_gone__has_none():
    assert sockets_of([2**22 + 1]) == frozenset()
