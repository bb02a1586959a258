import pytest
from django.db import transaction
from django.utils import timezone

from vamp import outbox
from vamp.models import OutboxEvent, StreamCursor
from vamp.ports.errors import PortUnavailable


class Collecting:
    """A stream that keeps what it is given, and fails while it is told to."""

    def __init__(self):
        self.messages, self.is_silent = [], False

    def publish(self, messages):
        if self.is_silent:
            raise PortUnavailable("silent")
        self.messages.extend(messages)


def emit(environment, what="gateways.gateway.changed", **payload):
    with transaction.atomic(using=environment.database):
        outbox.emit(
            what,
            using=environment.database,
            organisation="acme",
            environment=environment.name,
            payload=payload,
        )


@pytest.fixture
def stream(environment):
    OutboxEvent.objects.using(environment.database).all().delete()
    return Collecting()


def test_emit__outside_a_transaction__is_refused(environment, monkeypatch):
    connection = transaction.get_connection(environment.database)
    monkeypatch.setattr(connection, "in_atomic_block", False)

    with pytest.raises(RuntimeError, match="outside a transaction"):
        outbox.emit("x.y.z", using=environment.database, organisation="acme", payload={})


def test_emit__rolled_back__leaves_no_event(environment, stream):
    with transaction.atomic(using=environment.database):
        outbox.emit("x.y.z", using=environment.database, organisation="acme", payload={})
        transaction.set_rollback(True, using=environment.database)

    assert not OutboxEvent.objects.using(environment.database).exists()


def test_emit__several_in_a_transaction__ring_once(environment, monkeypatch):
    connection = transaction.get_connection(environment.database)
    monkeypatch.setattr(connection, "run_on_commit", [])

    emit(environment)
    emit(environment)

    assert len(connection.run_on_commit) == 1


def test_emit__after_one_that_was_rolled_back__rings(environment, monkeypatch):
    connection = transaction.get_connection(environment.database)
    monkeypatch.setattr(connection, "run_on_commit", [])

    with transaction.atomic(using=environment.database):
        emit(environment)
        transaction.set_rollback(True, using=environment.database)
    assert connection.run_on_commit == []
    emit(environment)

    assert len(connection.run_on_commit) == 1


def test_emit__facts_of_every_kind__are_read_back_as_they_were(environment, stream):
    facts = {"name": "Käse 🧀 'x' \"y\" %s", "weights": {"a": 0.5}, "none": None, "list": [1, True]}
    before = timezone.now()

    emit(environment, **facts)

    row = OutboxEvent.objects.using(environment.database).get()
    assert row.payload == facts
    assert row.subject == f"vamp.acme.{environment.name}.gateways.gateway.changed"
    assert (row.organisation, row.environment, row.position) == ("acme", environment.name, None)
    assert before <= row.emitted_at <= timezone.now()


def test_relay__some_events__are_handed_over_in_order_with_rising_positions(environment, stream):
    for number in range(3):
        emit(environment, number=number)

    assert outbox.relay(environment.database, stream) == 3

    assert [message.payload["number"] for message in stream.messages] == [0, 1, 2]
    positions = [message.position for message in stream.messages]
    assert positions == sorted(set(positions))
    assert stream.messages[0].subject == "vamp.acme.production.gateways.gateway.changed"


def test_relay__stream_is_silent__hands_over_the_same_events_later(environment, stream):
    emit(environment, number=1)
    stream.is_silent = True
    with pytest.raises(PortUnavailable):
        outbox.relay(environment.database, stream)

    stream.is_silent = False
    emit(environment, number=2)
    outbox.relay(environment.database, stream)

    assert [message.payload["number"] for message in stream.messages] == [1, 2]


def test_relay__lower_id_commits_late__it_is_still_handed_over(environment, stream):
    emit(environment, number=1)
    emit(environment, number=2)
    rows = OutboxEvent.objects.using(environment.database).order_by("id")
    late = rows.first()
    rows.filter(pk=late.pk).delete()
    outbox.relay(environment.database, stream)
    late.save(using=environment.database, force_insert=True)

    outbox.relay(environment.database, stream)

    assert [message.payload["number"] for message in stream.messages] == [2, 1]


def test_relay__killed_before_its_cursor_was_kept__repeats_and_loses_nothing(environment, stream):
    emit(environment, number=1)
    outbox.relay(environment.database, stream)
    StreamCursor.objects.using(environment.database).all().delete()

    outbox.relay(environment.database, stream)

    ids = [message.id for message in stream.messages]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_relay__a_rival_gives_the_positions_midway__each_event_keeps_one_and_none_is_lost(
    environment, stream
):
    emit(environment, number=1)
    emit(environment, number=2)
    rival = Collecting()
    was = {"done": False}

    def rival_comes_first(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if not was["done"] and sql.startswith("SELECT") and "IS NULL" in sql:
            was["done"] = True
            outbox.relay(environment.database, rival)
        return found

    connection = transaction.get_connection(environment.database)
    with connection.execute_wrapper(rival_comes_first):
        outbox.relay(environment.database, stream)
    emit(environment, number=3)
    outbox.relay(environment.database, stream)

    rows = OutboxEvent.objects.using(environment.database).order_by("id")
    assert [message.payload["number"] for message in rival.messages] == [1, 2]
    assert {m.id: m.position for m in [*rival.messages, *stream.messages]} == {
        f"{environment.database}:{row.pk}": row.position for row in rows
    }
    assert stream.messages[-1].payload["number"] == 3
