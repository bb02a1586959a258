"""Log lines on their way in: bursts, pauses, streams that end, and a worker that is told to stop."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import threading
import time

import pytest

from gateways.agent.agent import SystemClock
from gateways.agent.lines import Line
from gateways.agent.losses import Losses
from gateways.agent.receiver import LogReceiver
from gateways.haproxy.config import Endpoint
from tests.gateways.agent.rig import until
from tests.gateways.agent.test_lines import HTTP
from tests.gateways.haproxy.builders import gateway
from tests.gateways.haproxy.live import free_port

BURST = 60_000
CALLERS = 6
PIPELINED = 100

QUICK = """\
defaults
    mode http
    timeout client 30s
frontend quick
    bind 127.0.0.1:{port}
    http-request return status 200 content-type text/plain string ok
"""


class Receiving:
    """A receiver whose sink notes lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.kept: list[bytes] = []
        self.losses = Losses(SystemClock())
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self.receiver = LogReceiver(
            listening,
            self._take,
            self.losses,
            lambda: time.time_ns() // 1_000_000,
            self.kept.extend,
        )
        self.receiver.start()

    def _take(self, lines: list[Line]) -> tuple[int, int]:
        self.lines += lines
        return 5, 0

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port))


@pytest.fixture
def receiving():
    found = Receiving()
    yield found
    found.receiver.stop()


def frame(message: bytes) -> bytes:
    return b"%d %s" % (len(message), message)


def test_receiver__frames_in_pieces__are_put_together(receiving):
    with receiving.connect() as ring:
        for byte in frame(HTTP):
            ring.send(bytes([byte]))
        ring.send(frame(b"Server a/b is UP.") + frame(HTTP))

        until(lambda: len(receiving.lines) == 2)

    assert receiving.lines[0] == receiving.lines[1]
    assert receiving.receiver.lines == 2
    assert receiving.kept == [HTTP, b"Server a/b is UP.", HTTP]


def test_receiver__ring_ends_without_notice__marks_a_loss(receiving):
    receiving.connect().close()

    until(lambda: receiving.losses.noted()[0] == 1)


@pytest.mark.parametrize("sent", [b"no frame at all", frame(b'{"torn')])
def test_receiver__what_cannot_be_read__marks_a_loss_and_goes_on(receiving, sent):
    with receiving.connect() as bad, receiving.connect() as good:
        bad.send(sent)
        until(lambda: receiving.losses.noted()[0] >= 1)
        good.send(frame(HTTP))

        until(lambda: len(receiving.lines) == 1)


def test_receiver__connection_of_this_process__is_known_by_its_owner(receiving):

    with receiving.connect():
        until(lambda: receiving.receiver.readings({}) == [])

        def identified() -> bool:
            receiving.receiver.identify([os.getpid()])
            return receiving.receiver.is_connected(os.getpid())

        until(identified)
        reading = receiving.receiver.readings({os.getpid(): 7, 1: 8})

    assert [(r.pid, r.is_connected, r.answered) for r in reading] == [
        (os.getpid(), True, 7),
        (1, False, 8),
    ]


@pytest.fixture
def quick(folder):
    """A service that answers as fast as HAProxy can."""
    port = free_port()
    config = folder / "quick.cfg"
    config.write_text(QUICK.format(port=port))
    process = subprocess.Popen(["haproxy", "-f", str(config)], stderr=subprocess.DEVNULL)
    yield Endpoint("quick", "127.0.0.1", port)
    process.terminate()
    process.wait()


def _ask_many(port: int, times: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for _ in range(times // PIPELINED):
            connection.sendall(request * PIPELINED)
            left, rest = PIPELINED, b""
            while left:
                received = rest + connection.recv(1 << 16)
                left -= received.count(b"HTTP/1.1 200")
                rest = received[-11:].rpartition(b"\n")[2]


@pytest.mark.haproxy
def test_agent__burst_while_its_reader_stands_still__counts_every_line_or_marks_the_window(
    rig, quick, agent_api
):
    rig.start(gateway("shop", {"only": quick}))
    callers = [
        threading.Thread(target=_ask_many, args=(rig.port, BURST // CALLERS))
        for _ in range(CALLERS)
    ]

    for caller in callers:
        caller.start()
    until(lambda: rig.agent.receiver.lines > BURST // 10)
    with rig.agent.receiver.lock:
        time.sleep(0.4)  # what was closed before is delivered
        before = rig.agent.status().complete_until
        time.sleep(0.6)
        during = rig.agent.status().complete_until
    for caller in callers:
        caller.join()

    until(
        lambda: agent_api.count("shop") == BURST or rig.agent.losses.noted()[0],
        lambda: (agent_api.count("shop"), rig.describe()),
        timeout_s=60,
    )
    assert during == before
    connection = http.client.HTTPConnection("127.0.0.1", rig.agent.health.port)
    connection.request("GET", "/metrics")
    assert f"vamp_agent_lines_total {float(BURST)}" in connection.getresponse().read().decode()
    connection.close()
