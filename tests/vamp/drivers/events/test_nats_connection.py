"""Connecting: credentials, servers that are away, forks."""

from __future__ import annotations

import os
import subprocess
import threading

import pytest

from tests.vamp.drivers.events.nats_server import free_port, running
from vamp.drivers.events.nats_connection import NatsConnection
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused, PortUnavailable

pytestmark = pytest.mark.stack


async def flush(client):
    await client.flush()
    return client


def connection_to(url: str, key: str = "") -> NatsConnection:
    return NatsConnection(Dsn.parse(url), key=key)


def test_call__nobody_listens__is_unavailable_and_names_the_place():
    port = free_port()

    with pytest.raises(PortUnavailable, match=f"127.0.0.1:{port}"):
        connection_to(f"nats://127.0.0.1:{port}").call(flush, timeout_s=5)


def test_call__user_and_password__are_asked_for_and_never_repeated(tmp_path):
    config = {"authorization": {"users": [{"user": "vamp", "password": "hunter/2"}]}}
    with running(tmp_path, **config) as server:
        place = f"127.0.0.1:{server.port}"
        right = connection_to(f"nats://vamp:hunter%2F2@{place}")
        right.call(flush, timeout_s=5)
        right.close()

        for wrong in (f"nats://vamp:hunter3@{place}", f"nats://{place}"):
            with pytest.raises(PortRefused) as caught:
                connection_to(wrong).call(flush, timeout_s=5)
            assert "hunter" not in str(caught.value)


def test_call__server_was_away__is_there_again_by_itself(tmp_path):
    with running(tmp_path) as server:
        connection = connection_to(server.url)
        lost = threading.Event()
        connection.when_lost(lost.set)
        before = connection.call(flush, timeout_s=5)
        server.kill()
        assert lost.wait(20)
        with pytest.raises(PortUnavailable):
            connection.call(flush, timeout_s=5)

        server.start()

        assert until_answered(connection) is before
        connection.close()


def until_answered(connection):
    for _ in range(200):
        try:
            return connection.call(flush, timeout_s=5)
        except PortUnavailable:
            threading.Event().wait(0.1)
    raise AssertionError("never answered")


def test_call__forked_child__has_a_connection_of_its_own(tmp_path):
    with running(tmp_path) as server:
        connection = connection_to(server.url)
        parents = connection.call(flush, timeout_s=5)
        reading, writing = os.pipe()
        if (pid := os.fork()) == 0:
            childs = connection.call(flush, timeout_s=5)
            os.write(writing, b"y" if childs is not parents else b"n")
            os._exit(0)

        os.waitpid(pid, 0)
        assert os.read(reading, 1) == b"y"
        assert connection.call(flush, timeout_s=5) is parents
        os.close(reading)
        os.close(writing)
        connection.close()


def test_call__tls__wants_the_authority_that_it_is_told(tmp_path):
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt",
        "req -newkey rsa:2048 -nodes -subj /CN=x -keyout s.key -out s.csr"
        " -addext subjectAltName=IP:127.0.0.1",
        "x509 -req -in s.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out s.crt"
        " -copy_extensions copy",
    ):
        subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    tls = {"cert_file": str(tmp_path / "s.crt"), "key_file": str(tmp_path / "s.key")}
    with running(tmp_path / "nats", tls=tls) as server:
        trusting = connection_to(f"{server.url}?tls=on&ca={tmp_path}/ca.crt")
        trusting.call(flush, timeout_s=5)
        trusting.close()

        with pytest.raises(PortRefused):
            connection_to(f"{server.url}?tls=on").call(flush, timeout_s=5)
