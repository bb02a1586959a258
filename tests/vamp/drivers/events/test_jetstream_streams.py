from __future__ import annotations

import pytest

from tests.vamp.drivers.events.nats_server import running
from vamp.drivers.events import jetstream_streams as streams
from vamp.drivers.events.nats_connection import NatsConnection
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused


@pytest.mark.parametrize(
    "subject", ["vamp.acme.production", "other.a.b.c.d.e", "vamp.a..c.d.e", ""]
)
def test_organisation_in__no_event__is_refused(subject):
    with pytest.raises(PortRefused):
        streams.organisation_in(subject)


def test_organisation_in__an_event__is_whose_it_is():
    assert streams.organisation_in("vamp.acme._.policies.policy.changed") == "acme"


def test_dead_subject__of_an_event__is_under_another_root():
    subject = streams.dead_subject("gateways", "vamp.acme.production.gateways.gateway.changed")

    assert subject == "vamp-dead.acme.production.gateways.gateways.gateway.changed"
    assert streams.dead_stream_of("acme") != streams.stream_of("acme-dead")


@pytest.mark.stack
def test_ensure_stream__twice_and_changed__is_made_once_and_brought_up_to_date(tmp_path):
    with running(tmp_path) as server:
        connection = NatsConnection(Dsn.parse(server.url))

        async def ensure(client, retention_s):
            await streams.ensure_stream(client, "acme", retention_s=retention_s)
            await streams.ensure_dead_stream(client, "acme", retention_s=retention_s)
            found = await streams.ask(client, "STREAM.INFO.vamp-acme")
            return found["config"], await streams.organisations(client)

        for retention_s in (3600, 3600, 7200):
            config, names = connection.call(
                lambda client, it=retention_s: ensure(client, it), timeout_s=10
            )
            assert config["max_age"] == retention_s * 10**9
            assert config["duplicate_window"] == 600 * 10**9
            assert config["storage"] == "file"
            assert names == ["acme"]
        connection.close()
