"""Many at once: all stored, or an error that says what to do."""

from __future__ import annotations

import pytest

from tests.vamp.drivers.events.nats_server import running
from vamp.drivers.events.jetstream_acks import NotStored, Outgoing, Publisher
from vamp.drivers.events.jetstream_streams import MOST_BYTES, ask, ensure_stream
from vamp.drivers.events.nats_connection import NatsConnection
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused

pytestmark = pytest.mark.stack

SUBJECT = "vamp.acme._.x.y.z"


@pytest.fixture
def connection(tmp_path):
    with running(tmp_path, max_payload=8 << 20) as server:
        found = NatsConnection(Dsn.parse(server.url))
        yield found
        found.close()


def outgoing(number: int, body: bytes = b"{}") -> Outgoing:
    return Outgoing(SUBJECT, {"Nats-Msg-Id": str(number)}, body)


def test_publish__a_thousand__are_stored_in_order(connection):
    async def publish(client):
        await ensure_stream(client, "acme", retention_s=3600)
        await Publisher(client).publish([outgoing(n, b"%d" % n) for n in range(1000)])
        return (await ask(client, "STREAM.INFO.vamp-acme"))["state"]

    state = connection.call(publish, timeout_s=20)

    assert (state["messages"], state["last_seq"]) == (1000, 1000)


def test_publish__no_stream__is_told_apart(connection):
    with pytest.raises(NotStored):
        connection.call(lambda client: Publisher(client).publish([outgoing(1)]), timeout_s=20)


def test_publish__one_too_large__is_refused(connection):
    async def publish(client):
        await ensure_stream(client, "acme", retention_s=3600)
        await Publisher(client).publish([outgoing(1), outgoing(2, b"x" * (MOST_BYTES + 1))])

    with pytest.raises(PortRefused):
        connection.call(publish, timeout_s=20)
