"""What only a real server can do: it is killed, it forgets, it is not there."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime

import pytest

from tests.vamp.drivers.events.nats_server import free_port, running
from vamp.drivers.events import jetstream_streams as streams
from vamp.drivers.events.jetstream import JetStream
from vamp.dsn import Dsn
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.events import Message

pytestmark = pytest.mark.stack

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHAT = "gateways.gateway.changed"


def message(number: int, organisation: str = "acme", what: str = WHAT) -> Message:
    subject = f"vamp.{organisation}.production.{what}"
    return Message(f"default:{number}", subject, {"n": number}, number, NOON)


def numbers(messages) -> list[int]:
    return [each.position for each in messages]


@pytest.fixture
def server(tmp_path):
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def stream(server):
    found = server.stream(visibility_s=1)
    yield found
    found.close()


def insisting(work):
    """Do `work` again until the server is there."""
    for _ in range(200):
        try:
            return work()
        except PortUnavailable:
            threading.Event().wait(0.1)
    raise AssertionError("the server never came back")


def test_from_dsn__no_server_or_wrong_key__is_invalid():
    with pytest.raises(Invalid):
        JetStream.from_dsn(Dsn.parse("nats:"))
    with pytest.raises(Invalid, match="creds"):
        JetStream.from_dsn(Dsn.parse("nats://far"), key="nonsense")


def test_every_call__server_is_away__is_unavailable():
    stream = JetStream.from_dsn(Dsn.parse(f"nats://127.0.0.1:{free_port()}"))

    for call in (
        lambda: stream.publish([message(1)]),
        lambda: stream.fetch("gateways", limit=1, timeout_s=0),
        lambda: stream.acknowledge("gateways", [message(1)]),
        lambda: stream.reject("gateways", message(1), error="x"),
        lambda: stream.replay(after=0, subject=">", limit=1),
    ):
        with pytest.raises(PortUnavailable):
            call()


def test_publish__no_events_subject__is_refused(stream):
    with pytest.raises(PortRefused):
        stream.publish([Message("default:1", "vamp.acme", {}, 1, NOON)])


def test_publish__server_killed_midway__what_is_repeated_is_stored_once(server, stream):
    batches = [[message(n) for n in range(first, first + 100)] for first in range(1, 2001, 100)]
    killing = threading.Event()

    def publish() -> None:
        for number, batch in enumerate(batches):
            if number == 5:
                killing.set()
            insisting(lambda batch=batch: stream.publish(batch))

    thread = threading.Thread(target=publish)
    thread.start()
    assert killing.wait(30)
    server.kill()
    server.start()
    thread.join(60)

    found = insisting(lambda: stream.replay(after=0, subject="vamp.>", limit=5000))
    assert sorted(numbers(found)) == list(range(1, 2001))


def test_fetch__server_killed_with_messages_in_flight__loses_none(server, stream):
    stream.publish([message(n) for n in range(1, 21)])
    in_flight = stream.fetch("gateways", limit=10, timeout_s=5)
    stream.acknowledge("gateways", in_flight[:5])
    server.kill()
    server.start()

    seen: set[int] = set()
    while not seen >= set(range(6, 21)):
        found = insisting(lambda: stream.fetch("gateways", limit=100, timeout_s=2))
        insisting(lambda found=found: stream.acknowledge("gateways", found))
        seen |= set(numbers(found))

    # What was acknowledged right before may come again: the server had not written it down yet.
    assert seen <= set(range(1, 21))


def test_fetch__server_goes_away_while_it_waits__is_unavailable(server, stream):
    stream.publish([message(1)])
    stream.acknowledge("gateways", stream.fetch("gateways", limit=1, timeout_s=5))
    failed: list[Exception] = []

    def wait() -> None:
        try:
            stream.fetch("gateways", limit=1, timeout_s=30)
        except PortUnavailable as error:
            failed.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not stream._session._pulls["gateways"]._requests:
        threading.Event().wait(0.01)
    server.kill()
    thread.join(20)

    assert len(failed) == 1


def test_publish__server_lost_everything__makes_its_streams_again(server, stream):
    stream.publish([message(1)])
    server.kill()
    server.lose_everything()
    server.start()

    insisting(lambda: stream.publish([message(2)]))

    found = insisting(lambda: stream.fetch("gateways", limit=10, timeout_s=5))
    assert numbers(found) == [2]


def test_publish__stream_deleted_behind_its_back__makes_it_again(stream):
    stream.publish([message(1)])
    stream._connection.call(
        lambda client: streams.ask(client, "STREAM.DELETE.vamp-acme"), timeout_s=5
    )

    stream.publish([message(2)])

    assert numbers(stream.fetch("gateways", limit=10, timeout_s=5)) == [2]


def test_fetch__new_organisation_while_it_waits__is_heard(server, stream):
    other = server.stream()
    found: list[int] = []
    thread = threading.Thread(
        target=lambda: found.extend(numbers(stream.fetch("gateways", limit=1, timeout_s=30)))
    )
    thread.start()

    other.publish([message(7, "newcomer")])
    thread.join(20)

    assert found == [7]
    other.close()


def test_fetch__two_organisations__are_both_heard(stream):
    stream.publish([message(1), message(2, "globex")])

    found = stream.fetch("gateways", limit=10, timeout_s=0)

    assert sorted(numbers(found)) == [1, 2]


def test_reject__message__lies_where_no_consumer_hears_it(stream):
    stream.publish([message(1)])
    (poison,) = stream.fetch("gateways", limit=1, timeout_s=5)

    stream.reject("gateways", poison, error="line one\r\nline two")

    assert stream.fetch("policies", limit=10, timeout_s=0) == [poison]
    held = stream._connection.call(
        lambda client: streams.ask(client, "STREAM.INFO.vamp-acme_dead"), timeout_s=5
    )
    assert held["state"]["messages"] == 1


def test_fetch__something_else_on_the_stream__is_taken_off_and_passed_over(stream):
    stream.publish([message(1)])
    stream._connection.call(
        lambda client: client.publish(f"vamp.acme.production.{WHAT}", b"nonsense"), timeout_s=5
    )
    stream.publish([message(2)])

    found = stream.fetch("gateways", limit=10, timeout_s=0)
    stream.acknowledge("gateways", found)

    assert numbers(found) == [1, 2]
    info = stream._connection.call(
        lambda client: streams.ask(client, "CONSUMER.INFO.vamp-acme.gateways"), timeout_s=5
    )
    assert info["num_ack_pending"] == 0
    assert numbers(stream.replay(after=0, subject=">", limit=10)) == [1, 2]


def test_publish__a_hint_of_the_same_organisation__is_not_stored(stream):
    stream.publish([message(1)])
    stream._connection.call(
        lambda client: client.publish("vamp.acme.production.gateways.hint", b"{}"), timeout_s=5
    )
    stream.publish([message(2)])

    info = stream._connection.call(
        lambda client: streams.ask(client, "STREAM.INFO.vamp-acme"), timeout_s=5
    )
    assert info["state"]["messages"] == 2


def test_publish__forked_child__uses_a_connection_of_its_own(stream):
    stream.publish([message(1)])
    if (pid := os.fork()) == 0:
        stream.publish([message(2)])
        os._exit(0)

    assert os.waitpid(pid, 0)[1] == 0
    stream.publish([message(3)])
    assert numbers(stream.fetch("gateways", limit=10, timeout_s=0)) == [1, 2, 3]


def test_publish__database_made_anew__is_not_taken_for_a_repetition(stream):
    stream.publish([message(1)])

    again = Message("default:1", message(1).subject, {"n": 1}, 1, NOON.replace(year=2027))
    stream.publish([again])

    assert len(stream.replay(after=0, subject=">", limit=10)) == 2


def stream_names(stream: JetStream) -> list[str]:
    async def named(client):
        page = await streams.ask(client, "STREAM.NAMES")
        return page.get("streams") or []

    return sorted(stream._connection.call(named, timeout_s=5))


@pytest.fixture
def gone(stream):
    """Names of the organisations that are deleted."""
    names: set[str] = set()
    stream._is_gone = names.__contains__
    return names


def test_publish__of_an_organisation_that_is_gone__makes_no_stream_and_holds_up_nobody(
    stream, gone, caplog
):
    stream.publish([message(1)])
    gone.add("acme")
    stream.purge("vamp.acme.>")

    stream.publish([message(2), message(3, "globex"), message(4)])

    assert stream_names(stream) == ["vamp-globex"]
    assert numbers(stream.fetch("gateways", limit=10, timeout_s=5)) == [3]
    assert [record.message for record in caplog.records].count("event.left_out") == 2


def test_publish__another_process_deleted_its_stream__makes_it_not_anew(server, stream, gone):
    stream.publish([message(1)])  # so it believes that the stream is there
    gone.add("acme")
    server.stream().purge("vamp.acme.>")

    stream.publish([message(2)])

    assert stream_names(stream) == []


def test_publish__is_being_deleted_and_its_stream_is_there_yet__is_stored(stream, gone):
    stream.publish([message(1)])
    gone.add("acme")

    stream.publish([message(2)])

    assert numbers(stream.fetch("gateways", limit=10, timeout_s=5)) == [1, 2]


def test_reject__of_an_organisation_that_is_gone__keeps_nothing(server, stream, gone):
    stream.publish([message(1)])
    (poison,) = stream.fetch("gateways", limit=1, timeout_s=5)
    gone.add("acme")
    server.stream().purge("vamp.acme.>")

    stream.reject("gateways", poison, error="wrong")

    assert stream_names(stream) == []
