"""A process that stands for HAProxy, for the API and for Elasticsearch.

It sends log lines, and takes rollups and documents at once.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any, Final

from gateways.haproxy.preamble import HTTP_LOG

GATEWAYS: Final = tuple(f"shop-{number}" for number in range(20))
ROUTES: Final = ("1.0.0", "1.1.0")

LINES_A_SECOND: Final = 50_000
"""Of the time that the lines tell, so that spans are closed while more lines come."""

_BEGUN: Final = datetime(2026, 11, 23, 15, 46, 18, tzinfo=UTC)
_RECEIVE_BYTES: Final = 1 << 18

_FIELD: Final = re.compile(r"%\[([^]]*)\]|%([A-Za-z]+)")
"""A field of a log format: ``%[var(txn.gn)]`` or ``%Tt``."""


class Load:
    """The process, as the bench sees it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.sink_port: int = pipe.recv()

    def send_frames(self, port: int) -> None:
        """Begin to send all lines to `port` as HAProxy's ring does."""
        self._pipe.send(("frames", port))

    def send_plain(self, port: int) -> None:
        """Begin to send all lines to `port`, each with a line break after it."""
        self._pipe.send(("plain", port))

    def counted(self) -> int:
        """Return how many requests the rollups told of that came since the last call."""
        self._pipe.send(("counted", 0))
        return int(self._pipe.recv())


@contextlib.contextmanager
def in_process_of_its_own(count: int) -> Iterator[Load]:
    """Run the load with `count` lines until the block ends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, count), daemon=True)
    process.start()
    try:
        yield Load(ours)
    finally:
        process.terminate()
        process.join()


def bare_lines_per_s(load: Load, count: int) -> float:
    """Return how many lines a second plain Python receives, and does nothing with."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        begun = time.perf_counter()
        load.send_plain(int(listening.getsockname()[1]))
        connection, _ = listening.accept()
        found, rest = 0, b""
        with connection:
            while found < count:
                *lines, rest = (rest + connection.recv(_RECEIVE_BYTES)).split(b"\n")
                found += len(lines)
        return count / (time.perf_counter() - begun)


def _run(pipe: Connection, count: int) -> None:
    sink = _Sink()
    lines = [_line(number) for number in range(count)]
    texts = {
        "frames": b"".join(b"%d %s" % (len(line), line) for line in lines),
        "plain": b"".join(line + b"\n" for line in lines),
    }
    del lines
    pipe.send(sink.port)
    while True:
        what, port = pipe.recv()
        if what == "counted":
            pipe.send(sink.taken())
            continue
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(texts[what])
            with contextlib.suppress(OSError):  # open until the reader has read everything
                connection.recv(1)


def _line(number: int) -> bytes:
    """Return a line as HAProxy would log it by our format."""
    accepted = _BEGUN + timedelta(seconds=number / LINES_A_SECOND)
    gateway, route = GATEWAYS[number % len(GATEWAYS)], ROUTES[number % 7 == 0]
    took_ms = number * 7 % 120
    values = {
        "var(txn.gws)": gateway, "var(txn.rts)": route, "var(txn.gn)": "7",
        "var(txn.r)": f"/articles/{number % 5000}?page=2", "HM": "GET", "HV": "HTTP/1.1",
        "ci": f"10.1.{number >> 8 & 255}.{number & 255}", "cp": 40_000 + number % 20_000,
        "t": f"{accepted:%d/%b/%Y:%H:%M:%S}.{accepted.microsecond // 1000:03d}",
        "ft": "_shared", "b": f"{gateway}:{route}", "s": "i17", "Tr": took_ms, "Tt": took_ms,
        "ST": 503 if number % 500 == 0 else 200, "B": 412, "CC": "-", "CS": "-", "tsc": "--NI",
        "ac": 24, "fc": 24, "bc": 12, "sc": 6, "hr": "", "hs": "",
    }  # fmt: skip
    return _FIELD.sub(lambda found: str(values.get(found[1] or found[2], 0)), HTTP_LOG).encode()


class _Sink:
    """An agent API, and an Elasticsearch, that answer at once."""

    def __init__(self) -> None:
        sink = self
        self._lock = threading.Lock()
        self._count = 0

        class Pages(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if "_bulk" in self.path:
                    self.answer(b'{"errors":false}')
                    return
                sink.take(json.loads(body)["rollups"])
                self.send_response(204)
                self.end_headers()

            def do_PUT(self) -> None:
                self.do_POST()  # the client library's way to write in bulk

            def do_GET(self) -> None:
                self.answer(b'{"index_templates":[{"index_template":{"version":1000}}]}')

            def answer(self, text: bytes) -> None:
                self.send_response(200)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.port = int(server.server_address[1])

    def take(self, rollups: list[dict[str, Any]]) -> None:
        with self._lock:
            self._count += sum(rollup["count"] for rollup in rollups)

    def taken(self) -> int:
        with self._lock:
            count, self._count = self._count, 0
        return count
