"""The outbox where rows commit in another order than that of their ids, and where relays overlap."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from django.db import transaction

from tests.conftest import DATABASES
from tests.rivals import Rival, wait_for_lock_waits
from vamp import outbox
from vamp.lanes import RELAY_CONSUMER
from vamp.models import OutboxEvent, StreamCursor

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True, databases=DATABASES)]


class Collecting:
    """A stream that keeps what it is given, and may stop a relay in the middle."""

    def __init__(self):
        self.numbers, self.ids = [], []
        self.reached, self.may_go_on = threading.Event(), threading.Event()
        self.may_go_on.set()

    def publish(self, messages):
        self.reached.set()
        assert self.may_go_on.wait(30)
        self.numbers += [message.payload["number"] for message in messages]
        self.ids += [message.id for message in messages]


@pytest.fixture
def stream(environment):
    OutboxEvent.objects.using(environment.database).all().delete()
    return Collecting()


def emit(environment, number):
    with transaction.atomic(using=environment.database):
        emit_inside(environment, number)


def emit_inside(environment, number):
    outbox.emit(
        "gateways.gateway.changed",
        using=environment.database,
        organisation="acme",
        environment=environment.name,
        payload={"number": number},
    )


def open_transaction(environment, number):
    """Emit an event in a transaction that stays open; return how to let it commit."""
    has_emitted, may_commit = threading.Event(), threading.Event()

    def work():
        with transaction.atomic(using=environment.database):
            emit_inside(environment, number)
            has_emitted.set()
            assert may_commit.wait(30)

    rival = Rival(work)
    assert has_emitted.wait(30)

    def commit():
        may_commit.set()
        rival.outcome()

    return commit


def positions(environment):
    rows = OutboxEvent.objects.using(environment.database).order_by("position")
    return [(row.payload["number"], row.position) for row in rows]


def are_rising(environment):
    """Tell whether every event has a position of its own; there may be gaps, as between ids."""
    places = [place for _, place in positions(environment)]
    return None not in places and all(a < b for a, b in pairwise(places))


def test_relay__lower_id_commits_later__is_handed_over_later_and_not_lost(environment, stream):
    commit = open_transaction(environment, 1)
    emit(environment, 2)

    assert outbox.relay(environment.database, stream) == 1  # and does not wait for the open one
    emit(environment, 3)
    commit()
    outbox.relay(environment.database, stream)

    assert stream.numbers == [2, 1, 3]
    assert [number for number, _ in positions(environment)] == [2, 1, 3]
    assert are_rising(environment)


def test_relay__rolled_back_in_between__hands_over_the_others_in_order(environment, stream):
    has_emitted, may_end = threading.Event(), threading.Event()

    def work():
        with transaction.atomic(using=environment.database):
            emit_inside(environment, 1)
            has_emitted.set()
            assert may_end.wait(30)
            transaction.set_rollback(True, using=environment.database)

    rival = Rival(work)
    assert has_emitted.wait(30)
    emit(environment, 2)
    outbox.relay(environment.database, stream)
    may_end.set()
    rival.outcome()
    emit(environment, 3)
    outbox.relay(environment.database, stream)

    assert stream.numbers == [2, 3]
    assert are_rising(environment)


def test_relay__two_at_once__each_event_has_one_position_and_reaches_the_stream(environment):
    OutboxEvent.objects.using(environment.database).all().delete()
    streams = [Collecting(), Collecting()]
    writers = [
        Rival(lambda first=first: [emit(environment, first + n) for n in range(20)])
        for first in (0, 100)
    ]
    relays = [
        Rival(lambda stream=stream: [outbox.relay(environment.database, stream) for _ in range(15)])
        for stream in streams
    ]
    for rival in (*writers, *relays):
        rival.outcome()
    outbox.relay(environment.database, streams[0])

    everything = [*range(20), *range(100, 120)]
    assert sorted({*streams[0].numbers, *streams[1].numbers}) == everything
    assert len(positions(environment)) == 40
    assert are_rising(environment)


def test_relay__overtaken_while_it_published__does_not_move_the_cursor_back(environment, stream):
    emit(environment, 1)
    stream.may_go_on.clear()
    slow = Rival(lambda: outbox.relay(environment.database, stream))
    assert stream.reached.wait(30)
    quick = Collecting()
    emit(environment, 2)
    outbox.relay(environment.database, quick)
    cursors = StreamCursor.objects.using(environment.database).filter(consumer=RELAY_CONSUMER)
    reached = cursors.get().position
    stream.may_go_on.set()
    slow.outcome()

    assert quick.numbers == [1, 2]
    assert cursors.get().position == reached


def test_positions__given_by_two_relays__are_given_one_after_the_other(environment, stream):
    emit(environment, 1)
    outbox.relay(environment.database, stream)
    with transaction.atomic(using=environment.database):
        cursors = StreamCursor.objects.using(environment.database).select_for_update()
        cursors.get(consumer=RELAY_CONSUMER)
        emit_inside(environment, 2)
        other = Rival(lambda: emit(environment, 3))
        other.outcome()
        relay = Rival(lambda: outbox.relay(environment.database, stream))
        Rival(lambda: wait_for_lock_waits(environment.database)).outcome()
    relay.outcome()
    outbox.relay(environment.database, stream)  # for what was committed while it waited has rung

    assert sorted(stream.numbers) == [1, 2, 3]
    assert are_rising(environment)
