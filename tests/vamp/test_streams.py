from __future__ import annotations

from vamp import streams
from vamp.streams import Scope, Source, Stream, sources

NATS = Stream("nats://far:4222", "secret")


def test_sources__embedded_and_a_server__each_database_and_the_server_once():
    scopes = [
        Scope("o1", "acme", None, NATS),
        Scope("e1", "acme", "production", NATS),
        Scope("e2", "acme", "staging", None),
        Scope("e3", "globex", "production", Stream("db:")),
    ]

    found = sources(scopes, ["default", "dedicated"])

    own = streams.installation_stream()
    assert found == [Source(own, "default"), Source(own, "dedicated"), Source(NATS, "")]


def test_stream__shown__holds_no_key():
    assert "secret" not in f"{NATS} {NATS!r}"
    assert "hunter2" not in str(Stream("nats://me:hunter2@far:4222"))


def test_opened__twice__is_the_same():
    own = streams.installation_stream()

    assert streams.opened(own, "default") is streams.opened(own, "default")
    assert streams.opened(own, "default") is not streams.opened(own, "dedicated")


def test_hints_of__embedded__are_none():
    assert streams.hints_of(streams.installation_stream()) is None


def test_scopes__of_the_installation__are_tenants(environment):
    (organisation, own) = streams.scopes()

    assert (organisation.organisation, organisation.environment) == ("acme", None)
    assert (own.organisation, own.environment) == ("acme", environment.name)
