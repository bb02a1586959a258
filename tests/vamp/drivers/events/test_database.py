"""What the embedded event stream promises beyond the port."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from vamp.doorbell import Doorbell
from vamp.drivers.events import database
from vamp.drivers.events.database import DatabaseStream
from vamp.models import OutboxEvent, StreamCursor
from vamp.ports.errors import PortRefused
from vamp.ports.events import Message

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def stream(tmp_path: Path) -> DatabaseStream:
    return DatabaseStream("default", Doorbell(tmp_path / "bell"))


def message(number: int, subject: str = "vamp.acme._.policies.policy.changed") -> Message:
    return Message(f"default:{number}", subject, {"id": number}, number, NOON)


def test_publish__row_of_the_outbox__is_given_its_position(stream: DatabaseStream) -> None:
    row = OutboxEvent.objects.using("default").create(
        subject="vamp.acme._.x", organisation="acme", payload={}, emitted_at=NOON
    )

    stream.publish([Message(f"default:{row.pk}", row.subject, {}, 7, NOON)])

    row.refresh_from_db()
    assert row.position == 7
    assert OutboxEvent.objects.using("default").count() == 1


def test_publish__row_not_there__is_stored_with_its_scope(stream: DatabaseStream) -> None:
    stream.publish([message(1), message(2, "vamp.acme.production.gateways.gateway.changed")])

    scopes = OutboxEvent.objects.using("default").values_list("organisation", "environment")
    assert list(scopes.order_by("id")) == [("acme", ""), ("acme", "production")]


@pytest.mark.parametrize(
    "message_id", ["dedicated:1", "1", "default:", "default:x", ":1", "default:²"]
)
def test_publish__another_databases_message__is_refused(
    stream: DatabaseStream, message_id: str
) -> None:
    with pytest.raises(PortRefused):
        stream.publish([Message(message_id, "vamp.a._.b", {}, 1, NOON)])


def test_publish__position_taken__is_refused_and_stores_nothing_of_the_batch(
    stream: DatabaseStream,
) -> None:
    stream.publish([message(1)])

    with pytest.raises(PortRefused):
        stream.publish([message(2), Message("default:3", "vamp.a._.b", {}, 1, NOON)])

    assert OutboxEvent.objects.using("default").count() == 1


def test_publish__rows_already_in_place__is_one_query(stream: DatabaseStream) -> None:
    messages = [message(number) for number in range(1, 51)]
    stream.publish(messages)

    with CaptureQueriesContext(connections["default"]) as queries:
        stream.publish(messages)

    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 1


def test_fetch__nothing_there__writes_nothing(stream: DatabaseStream) -> None:
    stream.fetch("gateways", limit=10, timeout_s=0)

    with CaptureQueriesContext(connections["default"]) as queries:
        stream.fetch("gateways", limit=10, timeout_s=0)

    assert all(query["sql"].startswith("SELECT") for query in queries)
    assert len(queries) <= 3


def test_fetch__rows_without_position__are_not_on_the_stream(stream: DatabaseStream) -> None:
    OutboxEvent.objects.using("default").create(
        subject="vamp.acme._.x", organisation="acme", payload={}, emitted_at=NOON
    )

    assert not stream.fetch("gateways", limit=10, timeout_s=0)
    assert not stream.replay(after=0, subject=">", limit=10)


def test_acknowledge__all_in_any_order__leaves_only_a_number(stream: DatabaseStream) -> None:
    stream.publish([message(number) for number in range(2, 42, 2)])
    found = stream.fetch("gateways", limit=100, timeout_s=0)

    for one in reversed(found):
        stream.acknowledge("gateways", [one])

    cursor = StreamCursor.objects.using("default").get(consumer="gateways")
    assert (cursor.position, cursor.done, cursor.in_flight) == (40, [], [])


def test_fetch__oldest_never_done__stops_handing_out_new_ones(
    stream: DatabaseStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "AHEAD", 10)
    stream.publish([message(number) for number in range(1, 31)])

    for _ in range(5):
        found = stream.fetch("gateways", limit=30, timeout_s=0)
        stream.acknowledge("gateways", [one for one in found if one.position != 1])

    cursor = StreamCursor.objects.using("default").get(consumer="gateways")
    assert cursor.position == 0
    assert len(cursor.done) + len(cursor.in_flight) == 10


def test_fetch__many_events_of_no_concern__are_passed_over_for_good(
    stream: DatabaseStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PASSED_OVER", 10)
    stream.publish([message(1, "vamp.acme._.a.b.c")])
    (open_one,) = stream.fetch("gateways", limit=10, timeout_s=0, only={"a.b.c"})
    stream.publish([message(number) for number in range(2, 42)])

    assert not stream.fetch("gateways", limit=10, timeout_s=0, only={"a.b.c"})
    assert StreamCursor.objects.using("default").get(consumer="gateways").position == 0
    stream.acknowledge("gateways", [open_one])
    assert not stream.fetch("gateways", limit=10, timeout_s=0, only={"a.b.c"})

    assert StreamCursor.objects.using("default").get(consumer="gateways").position == 41
    stream.publish([message(42, "vamp.acme._.a.b.c")])
    assert len(stream.fetch("gateways", limit=10, timeout_s=0, only={"a.b.c"})) == 1


def test_stream__another_database__is_another_stream(
    stream: DatabaseStream, tmp_path: Path
) -> None:
    stream.publish([message(1)])

    other = DatabaseStream("dedicated", Doorbell(tmp_path / "other"))

    assert not other.fetch("gateways", limit=10, timeout_s=0)
