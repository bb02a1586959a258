"""Calls to the agent API: one connection, what is refused for good, and what may be mended."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

import pytest

from gateways.agent.api import AgentApi
from vamp.ports.errors import PortRefused, PortUnavailable


class Server(ThreadingHTTPServer):
    """Answers as it is told, and notes what came on which connection."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.status = 200
        self.text = b"{}"
        self.hangs_up = False
        self.silence = threading.Event()
        self.silence.set()
        self.asked: list[tuple[str, str, object]] = []
        self.callers: list[object] = []

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])


class _Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        self.server.callers.append(self.client_address)
        self.server.silence.wait(5)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.text)))
        self.end_headers()
        self.wfile.write(self.server.text)
        # Without saying so beforehand, as a server does that is started again.
        self.close_connection = self.server.hangs_up

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True).start()
    yield found
    found.silence.set()
    found.shutdown()
    found.server_close()


def client_of(url: str) -> AgentApi:
    return AgentApi(url, "t0ken", organisation="acme", environment="production", agent="one")


@pytest.fixture
def agent_api(server) -> Iterator[AgentApi]:
    found = client_of(f"http://127.0.0.1:{server.server_port}/vamp/")
    yield found
    found.close()


def test_post__answer_is_an_object__returns_it_and_keeps_the_connection(server, agent_api):
    server.text = b'{"applied_by_others": {"shop": 3}}'

    found = [agent_api.post("report", {"boot": number}) for number in (1, 2)]

    place = "/vamp/api/v1/organisations/acme/environments/production/agents/one/report"
    assert found == [{"applied_by_others": {"shop": 3}}] * 2
    assert server.asked == [(place, "token t0ken", {"boot": number}) for number in (1, 2)]
    assert len(set(server.callers)) == 1


@pytest.mark.parametrize("text", [b"", b" \n", b"[1]"])
def test_post__answer_without_an_object__is_empty(server, agent_api, text):
    server.text = text

    assert agent_api.post("rollups", {}) == {}


@pytest.mark.parametrize("status", [400, 409, 413, 415, 422])
def test_post__request_is_wrong__is_refused_with_the_apis_words(server, agent_api, status):
    server.status, server.text = status, b"gateway is unknown"

    with pytest.raises(PortRefused, match=f"{status}.*gateway is unknown"):
        agent_api.post("report", {})


@pytest.mark.parametrize("status", [302, 401, 403, 404, 429, 500, 503])
def test_post__api_may_be_mended__is_to_be_tried_again(server, agent_api, status):
    server.status = status

    with pytest.raises(PortUnavailable, match=str(status)):
        agent_api.post("report", {})


def test_post__answer_is_no_json__is_to_be_tried_again(server, agent_api):
    server.text = b"<html>"

    with pytest.raises(PortUnavailable, match="not JSON"):
        agent_api.post("report", {})


def test_post__kept_connection_has_gone_stale__asks_once_more(server, agent_api):
    server.hangs_up = True

    found = [agent_api.post("report", {}) for _ in range(3)]

    assert found == [{}, {}, {}]
    assert len(server.asked) == len(set(server.callers)) == 3


def test_post__nobody_listens__is_to_be_tried_again():
    with TCPServer(("127.0.0.1", 0), _Pages) as gone:
        port = gone.server_address[1]

    with pytest.raises(PortUnavailable, match="does not answer"):
        client_of(f"http://127.0.0.1:{port}").post("report", {})


def test_post__kept_connection_is_slow__waits_no_longer_than_told_and_asks_once(server, agent_api):
    agent_api.post("report", {}, timeout_s=30)
    server.silence.clear()

    with pytest.raises(PortUnavailable, match="timed out"):
        agent_api.post("report", {}, timeout_s=0.1)

    assert len(server.asked) == 2
    server.silence.set()
    assert agent_api.post("report", {}) == {}
