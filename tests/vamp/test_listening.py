"""Where a process could not listen: said in words, and what to do."""

from __future__ import annotations

import errno
import socket

import pytest

from tests.servers import free_port
from vamp.listening import _told, hindrance, is_free


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_hindrance__port_is_free__stays_so():
    port = free_port()

    assert is_free("127.0.0.1", port)
    assert is_free("localhost", port)

    with socket.create_server(("127.0.0.1", port)):
        pass


def test_is_free__taken_and_left__tells_the_difference():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert not is_free("127.0.0.1", port)

    assert is_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_hindrance__another_listens__says_so_and_what_to_do(taken, host):
    assert not is_free(host, taken)
    assert hindrance(host, taken) == (
        f"another process listens at {host}:{taken}, perhaps Vamp from another folder;"
        " end it, or choose another port with --port"
    )


def test_hindrance__connection_of_before_lingers__is_free():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            ours, _ = listening.accept()
            ours.close()  # first, so that this side waits for late packets

    assert is_free("127.0.0.1", port)


def test_hindrance__another_on_another_address__is_free(taken):
    assert is_free("127.0.0.2", taken)


@pytest.mark.parametrize("host", ["192.0.2.1", "a" * 80])
def test_hindrance__no_address_of_this_machine__says_so(host):
    assert "is no address" in hindrance(host, 8000)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.EACCES, "this user may not listen at [::1]:80; choose a port from 1024 up"),
        (errno.EAFNOSUPPORT, "nothing can listen at [::1]:80: Address family not supported"),
    ],
)
def test_told__other_reasons__are_in_words(code, told):
    assert _told("::1", 80, code).startswith(told)
