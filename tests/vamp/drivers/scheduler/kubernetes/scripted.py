"""A small HTTP server that answers as an API server would, word for word as a test wrote it."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from vamp.drivers.scheduler.kubernetes.api import KubernetesApi
from vamp.drivers.scheduler.kubernetes.credentials import FixedToken

JSON = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]


@dataclass
class Answer:
    """One answer; a watch's is a stream of lines that stays open while `held` is not set."""

    body: Any = None
    status: int = 200
    lines: Sequence[Any] | None = None
    held: threading.Event | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients of these tests break connections off on purpose."""


class ScriptedServer:
    """Answers per (method, path), with ``?watch`` for watches; the last answer is given again.

    Attributes:
        asked: every request so far.
        address: ``http://127.0.0.1:port``.
    """

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[Answer]] = {}
        self.asked: list[Asked] = []
        self._ended = threading.Event()
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                script._answer(self)

            def do_POST(self) -> None:
                script._answer(self)

            def do_PATCH(self) -> None:
                script._answer(self)

            def do_DELETE(self) -> None:
                script._answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def on(self, method: str, path: str, *answers: Answer) -> None:
        self.answers[method, path] = list(answers)

    def listing(self, path: str, *items: Any, version: str = "10") -> None:
        body = {"metadata": {"resourceVersion": version}, "items": list(items)}
        self.on("GET", path, Answer(body))

    def api(self) -> KubernetesApi:
        return KubernetesApi(self.address, token=FixedToken("hunter2"), tls=None)

    def to(self, method: str, path: str) -> list[Asked]:
        return [each for each in self.asked if (each.method, each.path) == (method, path)]

    def close(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = dict(parse_qsl(parts.query))
        length = int(handler.headers.get("Content-Length", 0))
        body = json.loads(handler.rfile.read(length)) if length else None
        path = parts.path + ("?watch" if "watch" in query else "")
        self.asked.append(Asked(handler.command, path, query, body, dict(handler.headers)))
        waiting = self.answers.get((handler.command, path))
        if waiting is None:
            waiting = [Answer({"message": f"{path} not found"}, 404)]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if answer.lines is None:
            self._send(handler, answer)
        else:
            self._stream(handler, answer)

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        is_text = isinstance(answer.body, bytes)
        body = answer.body if is_text else json.dumps(answer.body).encode()
        handler.send_response(answer.status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def _stream(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        assert answer.lines is not None
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for line in answer.lines:
            data = line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"
            handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        while answer.held is not None and not answer.held.wait(0.02) and not self._ended.is_set():
            pass
        handler.wfile.write(b"0\r\n\r\n")


def event(type: str, item: JSON) -> JSON:
    return {"type": type, "object": item}


def too_old() -> JSON:
    return event("ERROR", {"kind": "Status", "code": 410, "message": "too old resource version"})
