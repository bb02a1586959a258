from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from vamp.drivers.scheduler.local.definition import Readiness
from vamp.drivers.scheduler.local.probes import probe

Answering = Callable[[bytes | None], int]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Starts a server that sends one fixed answer, or none at all; returns its port."""
    listeners: list[socket.socket] = []

    def serve(listener: socket.socket, answer: bytes | None) -> None:
        held = []
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                break
            if answer is None:
                held.append(connection)
                continue
            connection.recv(4096)
            connection.sendall(answer)
            connection.close()
        for connection in held:
            connection.close()

    def start(answer: bytes | None) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""),
        (b"HTTP/1.0 302 Found\r\n\r\n", ""),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "/health answered 404"),
        (b"HTTP/1.1 503 Busy\r\n\r\n", "/health answered 503"),
        (b"nonsense\r\n\r\n", "/health failed: BadStatusLine"),
        (b"", "/health failed: RemoteDisconnected"),
        (None, "/health did not answer within 0.05 s"),
    ],
)
def test_probe__http__judges_by_the_status(
    answering: Answering, answer: bytes | None, failure: str
) -> None:
    port = answering(answer)

    assert (
        probe("127.0.0.1", port, Readiness("/health", timeout_s=0.05 if answer is None else 5))
        == failure
    )


@pytest.mark.parametrize("path", ["", "/health"])
def test_probe__nothing_listens__says_so(path: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert probe("127.0.0.1", port, Readiness(path)) == f"nothing listens on port {port}"


def test_probe__tcp__is_content_with_a_connection(answering: Answering) -> None:
    assert probe("127.0.0.1", answering(None), Readiness()) == ""
