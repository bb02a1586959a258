from __future__ import annotations

import itertools

import pytest

from tests.vamp.drivers.events.nats_server import running
from vamp.drivers.events.jetstream_consumers import BACKOFF, ensure_consumer, subjects_of
from vamp.drivers.events.jetstream_streams import ask, ensure_stream
from vamp.drivers.events.nats_connection import NatsConnection
from vamp.dsn import Dsn


def test_subjects_of__some_events__are_those_of_each_environment():
    assert subjects_of("acme", {"b.c.d", "a.b.c"}) == ["vamp.acme.*.a.b.c", "vamp.acme.*.b.c.d"]
    assert subjects_of("acme", ()) == []


def test_backoff__by_delivery__never_falls():
    assert all(one <= next_one for one, next_one in itertools.pairwise(BACKOFF))


@pytest.mark.stack
def test_ensure_consumer__again_with_other_subjects__keeps_its_place(tmp_path):
    with running(tmp_path) as server:
        connection = NatsConnection(Dsn.parse(server.url))

        async def ensure(client):
            await ensure_stream(client, "acme", retention_s=3600)
            for subjects in ([], ["vamp.acme.*.a.b.c"], ["vamp.acme.*.a.b.c", "vamp.acme.*.a.b.d"]):
                await ensure_consumer(client, "vamp-acme", "gateways", subjects, 30)
            return await ask(client, "CONSUMER.INFO.vamp-acme.gateways")

        found = connection.call(ensure, timeout_s=10)

        assert found["config"]["filter_subjects"] == ["vamp.acme.*.a.b.c", "vamp.acme.*.a.b.d"]
        assert found["config"]["max_deliver"] == -1
        assert found["config"]["ack_policy"] == "explicit"
        connection.close()
