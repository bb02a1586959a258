"""A small HTTP server for probes and Prometheus, on a port of its own. Free of Django.

It answers from threads of its own, so that it tells the truth about a process that is stuck, and
it asks for no ``Host``, since probes and Prometheus speak to addresses and not to names.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

log = logging.getLogger("vamp.probes")

_STOP_S = 0.1
"""How long `ProbeServer.stop` takes at most until the thread notices it."""

_REQUEST_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Page:
    """What one address answers.

    Attributes:
        status: of HTTP.
        body: whole.
        kind: content type.
    """

    status: int
    body: bytes
    kind: str = "application/json"


def json_page(status: int, content: Mapping[str, Any]) -> Page:
    """Return `content` as a page."""
    return Page(status, json.dumps(content).encode())


def metrics_page(*registries: CollectorRegistry) -> Page:
    """Return what `registries` hold now, in Prometheus's form."""
    body = b"".join(generate_latest(registry) for registry in registries)
    return Page(200, body, CONTENT_TYPE_LATEST)


class ProbeServer:
    """The pages, on threads of their own.

    Args:
        address: to listen on; a v6 address works as well.
        port: 0 takes a free one.
        pages: path → what makes its page; called in the thread of the request.

    Raises:
        OSError: the address cannot be had.
    """

    def __init__(self, address: str, port: int, pages: Mapping[str, Callable[[], Page]]) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        made = dict(pages)

        class Server(_Server):
            address_family = family

        class Pages(_Pages):
            pages = made

        self._address = address
        self._server = Server((address, port), Pages)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_S,), name="probes", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that was taken."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """Host and port, fit for a URL."""
        host = f"[{self._address}]" if ":" in self._address else self._address
        return f"{host}:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking a name server for this machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])


class _Pages(BaseHTTPRequestHandler):
    timeout = _REQUEST_TIMEOUT_S
    pages: Mapping[str, Callable[[], Page]]

    def do_GET(self) -> None:
        """Answer with the page of the address."""
        make = self.pages.get(self.path.partition("?")[0])
        if make is None:
            there = ", ".join(self.pages)
            self._answer(Page(404, f"not here: {there}\n".encode(), "text/plain"))
            return
        try:
            page = make()
        except Exception:
            log.exception("probe.failed", extra={"page": self.path.partition("?")[0]})
            page = Page(500, b"the log says why\n", "text/plain")
        self._answer(page)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: probes come every second."""

    def _answer(self, page: Page) -> None:
        self.send_response(page.status)
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        self.wfile.write(page.body)
