"""A keep-alive HTTP/1.1 client that never retries, so that every failed request is seen.

A careful client may find that the server closed a connection while it lay idle, and opens another
before it sends: nothing was asked yet, nothing failed. Once a request is on its way, a connection
that ends without a whole answer is a failed request.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HEAD_LIMIT: Final = 64 * 1024
"""Bytes of an answer's head that are read before it counts as garbled."""

_READ_BYTES: Final = 64 * 1024


class Failure(StrEnum):
    """How a request ended that got no whole answer."""

    NOT_CONNECTED = "not connected"
    NO_ANSWER = "connection ended without an answer"
    CUT_SHORT = "connection ended within the answer"
    TIMED_OUT = "no answer in time"
    GARBLED = "answer is not HTTP"


class RequestFailed(Exception):
    """The request got no whole answer. It is not repeated.

    Attributes:
        failure: in which way.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer.

    Attributes:
        status: 100 to 599.
        headers: lower-case name and value, in the order in which they came.
        body: without framing.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return the values of every header of that lower-case name."""
        return [value for each, value in self.headers if each == name]


class KeepAliveConnection:
    """One connection at a time to one address; one request at a time on it.

    Args:
        address: host and port.
        timeout_s: longest wait for a whole answer, connecting included.

    Attributes:
        opened: connections opened so far.
        closed_while_idle: how many of them the server had closed when they were wanted again.
    """

    def __init__(self, address: tuple[str, int], *, timeout_s: float = 5.0) -> None:
        self.address = address
        self.opened = 0
        self.closed_while_idle = 0
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._received = bytearray()

    async def exchange(self, request: bytes) -> Answer:
        """Send the whole `request` and return the whole answer.

        Raises:
            RequestFailed: there is none, and the connection is closed.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._exchange(request)
        except TimeoutError:
            self.close()
            raise RequestFailed(Failure.TIMED_OUT) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._received.clear()

    async def _exchange(self, request: bytes) -> Answer:
        if self._socket is not None and not _is_usable(self._socket):
            self.closed_while_idle += 1
            self.close()
        if self._socket is None:
            self._socket = await self._connect()
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, request)
            answer, keeps = await self._read_answer(self._socket, request.startswith(b"HEAD "))
        except OSError:
            raise RequestFailed(self._ended()) from None
        if not keeps:
            self.close()
        return answer

    async def _connect(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await asyncio.get_running_loop().sock_connect(opened, self.address)
        except OSError:
            opened.close()
            raise RequestFailed(Failure.NOT_CONNECTED) from None
        except BaseException:
            opened.close()
            raise
        self.opened += 1
        return opened

    async def _read_answer(self, source: socket.socket, is_head: bool) -> tuple[Answer, bool]:
        while (end := self._received.find(b"\r\n\r\n")) < 0:
            if len(self._received) > HEAD_LIMIT:
                raise RequestFailed(Failure.GARBLED)
            await self._receive(source)
        status, headers = _parse_head(bytes(self._received[:end]))
        told = dict(headers)
        length = 0 if is_head else _body_length(told)
        while len(self._received) < end + 4 + length:
            await self._receive(source)
        body = bytes(self._received[end + 4 : end + 4 + length])
        del self._received[: end + 4 + length]
        return Answer(status, headers, body), told.get("connection", "").lower() != "close"

    async def _receive(self, source: socket.socket) -> None:
        chunk = await asyncio.get_running_loop().sock_recv(source, _READ_BYTES)
        if not chunk:
            raise RequestFailed(self._ended())
        self._received += chunk

    def _ended(self) -> Failure:
        return Failure.CUT_SHORT if self._received else Failure.NO_ANSWER


def _is_usable(idle: socket.socket) -> bool:
    """Tell whether the server left the connection open and said nothing on it unasked."""
    try:
        idle.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _parse_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    status_line, *lines = head.decode("latin-1").split("\r\n")
    words = status_line.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
        raise RequestFailed(Failure.GARBLED)
    pairs = (line.partition(":") for line in lines)
    return int(words[1]), tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)


def _body_length(told: dict[str, str]) -> int:
    # Both HAProxy's own pages and the demo service give a length; other framing is not spoken here.
    length = told.get("content-length", "")
    if not length.isdecimal():
        raise RequestFailed(Failure.GARBLED)
    return int(length)
