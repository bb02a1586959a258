"""A small HTTP server that keeps the contract of addresses which are yet to be built.

Roles, groups, bindings, users by login, deletions with a preview, and ``explain``. It also answers
as it is told to, for faults of networks and servers. Once the real ones are there, tests that use
this for more than such faults belong on the real API (`tests.vamp.cli.shell`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ORGANISATION = "/api/v1/organisations/acme"
KEYS = {"users": "login", "bindings": "id"}
ANSWER = tuple[int, dict[str, str], Any]


class Contract:
    """Rows by address, requests as they came, and answers that come before all others.

    Attributes:
        rows: address of a list → its rows.
        asked: method, path with query, and body of each request.
        said: answers to give first, in their order.
    """

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {"/api/v1/organisations": [{"name": "acme"}]}
        for kind in ("users", "groups", "roles", "bindings", "environments", "tokens"):
            self.rows[f"{ORGANISATION}/{kind}"] = []
        self.fixed: dict[str, Any] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.said: list[ANSWER] = []
        self.address = ""
        self._next_id = 0

    def answer(self, method: str, target: str, body: Any) -> ANSWER:
        self.asked.append((method, unquote(target), body))
        if self.said:
            return self.said.pop(0)
        url = urlsplit(target)
        path = url.path
        if path in self.fixed:
            return 200, {}, self.fixed[path]
        if path in self.rows:
            return self._of_list(method, path, body)
        above, _, name = path.rpartition("/")
        if above in self.rows:
            return self._of_one(method, above, unquote(name), body, parse_qs(url.query))
        return problem(404, "not-found", "Not found")

    def _of_list(self, method: str, path: str, body: Any) -> ANSWER:
        rows = self.rows[path]
        if method == "GET":
            return 200, {}, {"count": len(rows), "next": None, "previous": None, "results": rows}
        if path.endswith("/bindings"):
            self._next_id += 1
            body = {"id": self._next_id, **body}
        rows.append(body)
        return 201, {}, body

    def _of_one(self, method: str, above: str, name: str, body: Any, query: Any) -> ANSWER:
        kind = above.rpartition("/")[2]
        rows = self.rows[above]
        key = KEYS.get(kind, "name")
        found = next((row for row in rows if str(row[key]).rpartition("/")[2] == name), None)
        if found is None:
            return problem(404, "not-found", "Not found")
        if method == "DELETE":
            if kind in ("organisations", "environments") and query.get("confirm") != [name]:
                return problem(400, "invalid", "type the name to confirm")
            rows.remove(found)
            return 204, {}, None
        if method == "PATCH":
            found.update(body)
        elif method != "GET":
            return problem(405, "method-not-allowed", "Not allowed here")
        return 200, {}, found


def problem(status: int, code: str, title: str, *errors: dict[str, Any]) -> ANSWER:
    """Return a problem document as an answer."""
    body = {
        "type": f"urn:vamp:problem:{code}", "title": title, "status": status, "errors": list(errors),
    }  # fmt: skip
    return status, {"Content-Type": "application/problem+json"}, body


@contextmanager
def serving(contract: Contract) -> Iterator[Contract]:
    """Serve the contract on loopback for as long as the block runs."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length)
            status, headers, body = contract.answer(
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
    contract.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield contract
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
