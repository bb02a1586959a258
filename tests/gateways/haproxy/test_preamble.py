from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from gateways.haproxy.config import Protocol
from gateways.haproxy.preamble import preamble
from gateways.haproxy.settings import AssembleSettings
from tests.gateways.haproxy.builders import by_header, gateway
from tests.gateways.haproxy.live import LiveHAProxy, Services, free_port, running

pytestmark = pytest.mark.haproxy

TCP_PORT = free_port()
COMMON_FIELDS = {
    *("gw", "rt", "gn", "ci", "cp", "t", "ft", "b", "s", "Tw", "Tc", "Tt", "B"),
    *("ac", "fc", "bc", "sc", "rc", "sq", "bq"),
}
HTTP_FIELDS = COMMON_FIELDS | {"Tq", "Tr", "ST", "CC", "CS", "tsc", "hr", "hs", "r"}
TCP_FIELDS = COMMON_FIELDS | {"ts"}


class Receiver:
    """Takes log lines as the agent does."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.received = b""
        self.thread = threading.Thread(target=self._receive, daemon=True)
        self.thread.start()

    def _receive(self) -> None:
        connection, _ = self.socket.accept()
        with connection:
            while chunk := connection.recv(65_536):
                self.received += chunk

    def lines(self) -> list[dict]:
        """Return what has come so far, but for HAProxy's notices."""
        rest, found = self.received, []
        while rest:
            length, _, rest = rest.partition(b" ")
            message, rest = rest[: int(length)], rest[int(length) :]
            if message.startswith(b"{"):
                found.append(json.loads(message))
        return found

    def wait_for(self, count: int) -> list[dict]:
        for _ in range(200):
            if len(self.lines()) >= count:
                break
            time.sleep(0.02)
        return self.lines()


@pytest.fixture(scope="module")
def services():
    found = Services("one")
    yield found
    found.stop()


@pytest.fixture
def receiver():
    found = Receiver()
    yield found
    found.thread.join(5)
    found.socket.close()


@pytest.fixture
def live(services, receiver, tmp_path):
    one = services.endpoint("one")
    gateways = [
        gateway("shop", {"stable": one}, generation=4),
        gateway("outer", {"in": "header"}, generation=5),
        gateway("header", {"stable": one}, sticky=by_header("X-User")),
        gateway("empty", {"stable": one}, {}),
        gateway("db", {"only": one}, port=TCP_PORT, protocol=Protocol.TCP, generation=8),
    ]
    with running(gateways, tmp_path, log_port=receiver.port) as found:
        yield found


def test_log__each_request__is_one_line_with_every_field(live: LiveHAProxy, receiver: Receiver):
    live.get("shop.test", '/a"b\\c?x=%ff&y={}')
    live.get("outer.test", "/o")
    live.get("empty.test", "/e")
    live.get("no.test", "/n")
    live.get("shop.test", "/" + '"' * 3_000)
    live.get("x", port=TCP_PORT)
    live.probe("shop.test")
    live.probe("outer.test")

    lines = receiver.wait_for(6)

    by_path = {line.get("r", "tcp").split(" ")[-2:][0][:3]: line for line in lines}
    assert len(lines) == 6
    for line in lines:
        assert line.keys() == (TCP_FIELDS if "r" not in line else HTTP_FIELDS)
    shop, outer, db = by_path['/a"'], by_path["/o"], by_path["tcp"]
    assert (shop["gw"], shop["rt"], shop["gn"]) == (["shop"], ["stable"], "4")
    assert (shop["ST"], shop["b"], shop["s"]) == (200, "shop:stable", "i-one")
    assert shop["r"].startswith('GET /a"b\\c?x=')
    assert (outer["gw"], outer["rt"], outer["gn"]) == (["outer", "header"], ["in", "stable"], "5")
    assert outer["ci"] == "127.0.0.1"
    assert (db["gw"], db["rt"], db["gn"]) == (["db"], ["only"], "8")
    assert (by_path["/e"]["ST"], by_path["/e"]["gw"]) == (503, ["empty"])
    assert (by_path["/n"]["ST"], by_path["/n"]["gw"]) == (404, ["-"])


def test_log__request_that_cannot_be_read__is_a_line_that_can(live, receiver):
    with socket.create_connection(("127.0.0.1", live.port)) as connection:
        connection.sendall(b'GET "\x01{ HTTP/9\r\n\r\n')
        connection.recv(1_000)

    (line,) = receiver.wait_for(1)

    assert (line["ST"], line["gw"], line["gn"]) == (400, ["-"], "-")


def test_preamble__without_a_log__has_no_ring():
    text = "\n".join(preamble(AssembleSettings("/d"), has_names=False))

    assert "ring vamp" not in text
    assert "log-format" not in text
    assert "resolvers" not in text
