"""The quickest client that plain Python can be: one kept-alive connection, whole answers only."""

from __future__ import annotations

import socket
import time


class Asking:
    """One connection to one address; one request at a time on it, never retried."""

    def __init__(self, address: tuple[str, int], *, timeout_s: float = 10.0) -> None:
        self._socket = socket.create_connection(address, timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """Send `request` and return the whole answer, head and body.

        Raises:
            OSError: there is none.
        """
        self._socket.sendall(request)
        received = self._socket.recv(65_536)
        while not _is_whole(received):
            piece = self._socket.recv(65_536)
            if not piece:
                raise ConnectionError(f"ended within an answer: {received[:200]!r}")
            received += piece
        return received

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def get(host: str, path: str = "/") -> bytes:
    """Return a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def first_with_ms(connection: Asking, request: bytes, wanted: bytes, *, limit_s: float) -> float:
    """Ask each millisecond until an answer contains `wanted`; return how long that took, in ms.

    Raises:
        TimeoutError: none did within `limit_s`.
    """
    begun = time.perf_counter()
    while True:
        answer = connection.ask(request)
        took_s = time.perf_counter() - begun
        if wanted in answer:
            return took_s * 1000
        if took_s > limit_s:
            raise TimeoutError(f"no {wanted!r} within {limit_s:g} s; last: {answer[-300:]!r}")
        time.sleep(0.001)


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        if not received:
            raise ConnectionError("ended without an answer")
        return False
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at < 0:
        raise ConnectionError(f"an answer without a length: {head[:200]!r}")
    return len(body) >= int(lower[at + 15 :].split(b"\r\n", 1)[0])
