from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.vamp.drivers.events.nats_server import running
from vamp.drivers.events import jetstream_session
from vamp.ports.events import Message

pytestmark = pytest.mark.stack

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def message(number: int, what: str = "a.b.c") -> Message:
    return Message(f"default:{number}", f"vamp.acme._.{what}", {}, number, NOON)


@pytest.fixture
def stream(tmp_path):
    with running(tmp_path) as server:
        found = server.stream()
        yield found
        found.close()


def test_replay__more_than_a_round_trip_holds__gives_all(stream, monkeypatch):
    monkeypatch.setattr(jetstream_session, "REPLAY_BATCH", 10)
    stream.publish([message(number) for number in range(1, 36)])

    found = stream.replay(after=3, subject="vamp.acme.>", limit=100)

    assert [each.position for each in found] == list(range(4, 36))


def test_replay__done__leaves_no_consumer_behind(stream):
    stream.publish([message(1)])

    stream.replay(after=0, subject="vamp.>", limit=1)

    info = stream._connection.call(
        lambda client: jetstream_session.ask(client, "STREAM.INFO.vamp-acme"), timeout_s=5
    )
    assert info["state"]["consumer_count"] == 0


def test_fetch__consumer_comes_to_want_more__hears_it_from_then_on(stream):
    stream.publish([message(1, "a.b.c"), message(2, "x.y.z")])
    first = stream.fetch("ears", limit=10, timeout_s=0, only={"a.b.c"})
    stream.acknowledge("ears", first)

    stream.fetch("ears", limit=10, timeout_s=0, only={"a.b.c", "x.y.z"})
    stream.publish([message(3, "x.y.z")])

    found = stream.fetch("ears", limit=10, timeout_s=5, only={"a.b.c", "x.y.z"})
    assert [each.position for each in first] == [1]
    assert 3 in [each.position for each in found]
