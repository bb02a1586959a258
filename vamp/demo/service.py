"""The small service that is released: ``python -m vamp.demo.service --version 1.0.0``.

An HTTP/1.1 server with keep-alive that answers every request with a line of JSON saying which
version and instance it is, after a short delay, and fails a stated share of them on purpose. It
listens on the address in ``$HOST`` (127.0.0.1 if unset) and the port in ``$PORT``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

HEAD_LIMIT: Final = 32 * 1024
"""Bytes of a request's head that are read before it is refused."""

DRAIN_S: Final = 1.0
"""How long requests are still taken after SIGTERM, so that a proxy can learn of it."""

_REASONS: Final = {200: "OK", 400: "Bad Request", 431: "Request Header Fields Too Large",
                   500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How an instance answers.

    Attributes:
        service: name that it tells.
        version: version that it tells.
        instance: what tells it from others of the version.
        fail_share: share of requests answered with 500, from 0 to 1.
        delay_ms: mean time before an answer; single ones differ by up to half of it.
    """

    service: str
    version: str
    instance: str
    fail_share: float = 0.0
    delay_ms: float = 0.0

    def answer(self, draw: float) -> tuple[int, bytes]:
        """Return status and body for a request that drew `draw` from [0, 1)."""
        told = {"service": self.service, "version": self.version, "instance": self.instance}
        if draw < self.fail_share:
            told["error"] = "this version fails a share of its requests on purpose"
            return 500, json.dumps(told).encode() + b"\n"
        return 200, json.dumps(told).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What matters of a request's head.

    Attributes:
        method: upper case.
        path: without query.
        body_length: bytes that follow the head.
        keep_alive: does the client want the connection kept.
        refusal: status to refuse it with, 0 for none.
    """

    method: str
    path: str
    body_length: int
    keep_alive: bool
    refusal: int = 0


def parse_head(head: bytes) -> RequestHead:
    """Read a request's head, without the empty line that ends it; never raises."""
    request_line, *lines = head.decode("latin-1").split("\r\n")
    words = request_line.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return RequestHead("", "", 0, keep_alive=False, refusal=400)
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    length = headers.get("content-length", "0")
    refusal = 501 if "transfer-encoding" in headers else 0 if length.isdecimal() else 400
    said = headers.get("connection", "").lower()
    keeps = said != "close" if words[2] == "HTTP/1.1" else said == "keep-alive"
    path = words[1].partition("?")[0]
    body_length = int(length) if not refusal else 0
    return RequestHead(words[0], path, body_length, keeps and not refusal, refusal)


class DemoService:
    """The listening service: hands out connections, counts requests, and stops politely.

    Args:
        behaviour: how it answers.
        draw: source of the numbers in [0, 1) that decide on failures and delays.
    """

    def __init__(
        self,
        behaviour: Behaviour,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.behaviour = behaviour
        self.draw = draw
        self.is_draining = False
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port (the one that was free, where `port` is 0)."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), host, port, backlog=512)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self, drain_s: float = DRAIN_S) -> None:
        """Take requests for `drain_s` more, closing each connection with its answer; then end.

        ``/healthz`` answers 503 from the first moment. Requests under way are always finished.
        """
        self.is_draining = True
        await asyncio.sleep(drain_s)
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            connection.close_if_idle()
        while self.connections:  # each closes itself with its answer
            await asyncio.sleep(0.01)


class _Connection(asyncio.Protocol):
    def __init__(self, service: DemoService) -> None:
        self._service = service
        self._received = bytearray()
        self._is_answering = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._service.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._service.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._is_answering:
            self._take_request()

    def close_if_idle(self) -> None:
        if self._transport is not None and not self._is_answering:
            self._transport.close()

    def _take_request(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > HEAD_LIMIT:
                self._answer(RequestHead("", "", 0, keep_alive=False), 431, b"")
            return
        head = parse_head(bytes(self._received[:end]))
        if len(self._received) < end + 4 + head.body_length:
            return
        del self._received[: end + 4 + head.body_length]
        self._is_answering = True
        if head.refusal:
            self._answer(head, head.refusal, b"")
        elif head.path == "/healthz":
            status = 503 if self._service.is_draining else 200
            self._answer(head, status, b"draining\n" if status == 503 else b"ok\n")
        else:
            self._answer_later(head)

    def _answer_later(self, head: RequestHead) -> None:
        behaviour = self._service.behaviour
        status, body = behaviour.answer(self._service.draw())
        delay_s = behaviour.delay_ms / 1000 * (0.5 + self._service.draw())
        asyncio.get_running_loop().call_later(delay_s, self._answer, head, status, body)

    def _answer(self, head: RequestHead, status: int, body: bytes) -> None:
        self._is_answering = False
        if self._transport is None:
            return
        keeps = head.keep_alive and not self._service.is_draining
        lines = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
            f"Content-Type: {'application/json' if body.startswith(b'{') else 'text/plain'}\r\n"
            f"Content-Length: {len(body)}\r\n"
            f"Connection: {'keep-alive' if keeps else 'close'}\r\n\r\n"
        )
        self._transport.write(lines.encode() + (b"" if head.method == "HEAD" else body))
        if not keeps:
            self._transport.close()
        elif self._received:
            self._take_request()


async def _serve(behaviour: Behaviour, host: str, port: int) -> None:
    service, asked_to_stop = DemoService(behaviour), asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, asked_to_stop.set)
    bound = await service.start(host, port)
    sys.stdout.write(f"{behaviour.service} {behaviour.version} listens on {host}:{bound}\n")
    sys.stdout.flush()
    await asked_to_stop.wait()
    await service.stop()


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share from 0 to 1")
    return value


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m vamp.demo.service", description=__doc__)
    parser.add_argument("--service", default="shop", help="name that it tells")
    parser.add_argument("--version", required=True, help="version that it tells")
    parser.add_argument("--fail", type=_share, default=0.0, help="share answered with 500, 0 to 1")
    parser.add_argument("--delay-ms", type=float, default=3.0, help="mean time of an answer")
    chosen = parser.parse_args(arguments)
    port = os.environ.get("PORT", "")
    if not port.isdecimal():
        parser.error("the variable PORT must hold the port to listen on")
    instance = os.environ.get("VAMP_INSTANCE", str(os.getpid()))
    behaviour = Behaviour(chosen.service, chosen.version, instance, chosen.fail, chosen.delay_ms)
    asyncio.run(_serve(behaviour, os.environ.get("HOST", "127.0.0.1"), int(port)))


if __name__ == "__main__":
    main()
