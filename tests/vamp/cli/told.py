"""A small HTTP server that answers as it is told: faults of networks and servers, and streams."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

ANSWER = tuple[int, dict[str, str], Any]
NOTHING: ANSWER = (200, {}, {"count": 1, "results": [{"name": "acme"}], "next": None})


class Told:
    """Requests as they came, and the answers that they get.

    Attributes:
        asked: method, path with query, and body of each request.
        said: answers to give, in their order; afterwards a list of one.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.said: list[ANSWER] = []
        self.address = ""

    def answer(self, method: str, target: str, body: Any) -> ANSWER:
        self.asked.append((method, unquote(target), body))
        return self.said.pop(0) if self.said else NOTHING


def problem(status: int, code: str, title: str, *errors: dict[str, Any]) -> ANSWER:
    """Return a problem document as an answer."""
    body = {
        "type": f"urn:vamp:problem:{code}", "title": title, "status": status, "errors": list(errors),
    }  # fmt: skip
    return status, {"Content-Type": "application/problem+json"}, body


@contextmanager
def serving(told: Told) -> Iterator[Told]:
    """Answer on loopback for as long as the block runs."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length)
            status, headers, body = told.answer(
                self.command, self.path, json.loads(text) if text else None
            )
            whole = body if isinstance(body, bytes) else json.dumps(body).encode()
            whole = b"" if body is None else whole
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            self.wfile.write(whole)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  named by Python

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that hangs up is none."""

    server = Server(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    told.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
