"""An HTTP server that answers as a test says, and a proxy that comes between client and server."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, TypeAlias
from urllib.parse import urlsplit

PRODUCT = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}
"""Without this header the client library takes no answer."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body.splitlines()]


@dataclass(frozen=True)
class Answer:
    """None of it is sent where `is_cut`: the connection just ends."""

    status: int = 200
    body: Any = field(default_factory=dict)
    is_cut: bool = False
    headers: dict[str, str] = field(default_factory=lambda: PRODUCT)

    @property
    def text(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def page(status: int) -> Answer:
    """Answer as a proxy before the server does, which knows nothing of Elasticsearch."""
    return Answer(status, b"<html>", headers={"Content-Type": "text/html"})


Say: TypeAlias = Callable[[Request], Answer]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def server_bind(self) -> None:
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])


class Scripted:
    """The server: `say` decides, `asked` remembers."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.asked: list[Request] = []
        scripted = self

        class Pages(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.command, self.path, body, dict(self.headers))
                scripted.asked.append(request)
                found = scripted.say(request)
                if found.is_cut:
                    self.close_connection = True
                    return
                self.send_response(found.status)
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(found.text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(found.text)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
            setattr(Pages, f"do_{method}", Pages.answer)
        self._server = _Server(("127.0.0.1", 0), Pages)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def scripted(say: Say) -> Iterator[Scripted]:
    found = Scripted(say)
    try:
        yield found
    finally:
        found.stop()


def forward(address: str, request: Request) -> Answer:
    """Ask the real server, and return its answer."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        ours = {"host", "content-length"}
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ours}
        connection.request(request.method, request.path, body=request.body, headers=headers)
        with connection.getresponse() as answer:
            return Answer(answer.status, answer.read(), headers=PRODUCT)
    finally:
        connection.close()


def template_is_there(request: Request) -> Answer | None:
    """Answer what is asked about templates: a newer one is there already."""
    if not request.path.startswith("/_index_template"):
        return None
    return Answer(body={"index_templates": [{"index_template": {"version": 10_000}}]})
