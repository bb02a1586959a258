"""A server that speaks Redis's protocol and answers as a test says."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase

Say = Callable[[Sequence[str]], bytes | None]
"""Takes a command in upper case with its arguments; None gives what a well-meaning server says."""

INFO = "redis_version:7.0.15\r\nrole:master\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n"


def bulk(text: str) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text.encode())


def error(text: str) -> bytes:
    return f"-{text}\r\n".encode()


@contextmanager
def scripted(say: Say = lambda command: None) -> Iterator[int]:
    """Serve to the end of the block; gives the port."""
    kept: dict[str, list[str]] = {}

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while command := _read(self.rfile):
                self.wfile.write(say(command) or _usual(command, kept))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def _read(stream: BufferedIOBase) -> list[str]:
    head = stream.readline()
    if not head.startswith(b"*"):
        return []
    words = []
    for _ in range(int(head[1:])):
        size = int(stream.readline()[1:])
        words.append(stream.read(size + 2)[:-2].decode())
    return [words[0].upper(), *words[1:]]


def _usual(command: list[str], kept: dict[str, list[str]]) -> bytes:
    name, *rest = command
    if name == "PING":
        return b"+PONG\r\n"
    if name == "INFO":
        return bulk(INFO)
    if name == "LPUSH":
        kept.setdefault(rest[0], []).append(rest[1])
        return b":1\r\n"
    if name == "BRPOP":
        return b"*2\r\n" + bulk(rest[0]) + bulk(kept[rest[0]].pop())
    if name in {"EXPIRE", "DEL"}:
        return b":1\r\n"
    return b"+OK\r\n"
