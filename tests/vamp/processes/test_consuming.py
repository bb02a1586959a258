from __future__ import annotations

import logging
import queue
import sys
import threading
import types
from datetime import timedelta

import pytest
from kombu.exceptions import OperationalError as BrokerAway

from tests.factories import NOON, event_in
from vamp import log_context
from vamp.bells import positioned
from vamp.drivers.clock.settable import SettableClock
from vamp.drivers.events.database import VISIBILITY_S, DatabaseStream
from vamp.log_context import LogContext
from vamp.models import DeadLetter, OutboxEvent
from vamp.processes import auditing, consuming
from vamp.processes.consumer import Consumer, consumers
from vamp.processes.consuming import MOST_DELIVERIES, hand_over
from vamp.processes.liveness import Loops


@pytest.fixture
def clock():
    return SettableClock(NOON)


@pytest.fixture
def stream(environment, clock):
    OutboxEvent.objects.using(environment.database).all().delete()
    return DatabaseStream(environment.database, positioned(), clock=clock)


@pytest.fixture
def three_events(environment, stream):
    """Events 1, 2 and 3, on the stream."""
    return [
        event_in(environment, position=number, payload={"number": number}) for number in (1, 2, 3)
    ]


class Ear:
    """Remembers what it heard; cannot work off the numbers that it is told, so many times each."""

    def __init__(self, **failures):
        self.heard = []
        self._left = {int(number.strip("n")): times for number, times in failures.items()}

    def __call__(self, message):
        number = message.payload["number"]
        if self._left.get(number, 0) > 0:
            self._left[number] -= 1
            raise KeyError("environment_id")
        self.heard.append(number)


def deliver(stream, clock, ear):
    """Hand over what is due, then let time pass until failed messages are due again."""
    consumer = Consumer("gateways", ear)
    hand_over(consumer, stream, stream.fetch("gateways", limit=10, timeout_s=0))
    clock.advance(timedelta(seconds=VISIBILITY_S + 1))


def test_hand_over__all_is_well__each_is_heard_once(stream, clock, three_events):
    ear = Ear()
    deliver(stream, clock, ear)

    deliver(stream, clock, ear)

    assert ear.heard == [1, 2, 3]


def test_hand_over__one_fails_once__others_go_on_and_it_comes_again(stream, clock, three_events):
    ear = Ear(n1=1)
    deliver(stream, clock, ear)
    assert ear.heard == [2, 3]

    deliver(stream, clock, ear)

    assert ear.heard == [2, 3, 1]


def test_hand_over__one_keeps_failing__is_put_aside_with_its_error(
    environment, stream, clock, three_events
):
    ear = Ear(n2=1_000)
    for _ in range(MOST_DELIVERIES - 1):
        deliver(stream, clock, ear)
    assert not DeadLetter.objects.using(environment.database).exists()

    deliver(stream, clock, ear)

    letter = DeadLetter.objects.using(environment.database).get()
    assert letter.payload == {"number": 2}
    assert letter.error == "KeyError: 'environment_id'"
    assert (letter.consumer, letter.environment) == ("gateways", environment.name)
    assert ear.heard == [1, 3]
    assert stream.fetch("gateways", limit=10, timeout_s=0) == []


def test_hand_over__broker_is_away__nothing_is_put_aside_and_all_comes_again(
    environment, stream, clock, three_events
):
    is_away = True

    def queue(message):
        if is_away and message.payload["number"] > 1:
            raise BrokerAway("Error 111 connecting to redis")
        heard.append(message.payload["number"])

    heard = []
    for _ in range(MOST_DELIVERIES + 1):
        with pytest.raises(BrokerAway):
            deliver(stream, clock, queue)
        clock.advance(timedelta(seconds=VISIBILITY_S + 1))
    assert heard == [1]
    assert not DeadLetter.objects.using(environment.database).exists()

    is_away = False
    deliver(stream, clock, queue)

    assert heard == [1, 2, 3]


def test_hand_over__failure__is_logged_with_consumer_and_subject(
    stream, clock, three_events, caplog
):
    with caplog.at_level(logging.ERROR, logger="vamp.consume"):
        deliver(stream, clock, Ear(n3=1))

    assert [record.getMessage() for record in caplog.records] == ["message.failed"]
    assert caplog.records[0].consumer == "gateways"
    assert caplog.records[0].subject == three_events[2].subject


def test_consumers__of_the_installation__are_the_apps():
    assert [consumer.name for consumer in consumers()] == [
        "tenants",
        "gateways",
        "policies",
    ]


def test_consumers__of_an_app__hear_what_concerns_it_alone():
    for consumer in consumers():
        assert consumer.concerns
        assert all(len(what.split(".")) == 3 for what in consumer.concerns)


def test_hand_over__put_aside_of_another_database__stands_in_the_events_own(
    environment, stream, clock, three_events
):
    ear = Ear(n2=1_000)
    for _ in range(MOST_DELIVERIES):
        deliver(stream, clock, ear)

    letter = DeadLetter.objects.using(environment.database).get()
    assert letter.event_id == f"{environment.database}:{three_events[1].pk}"


@pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)
def test_run__an_event_is_committed__its_consumer_hears_it_and_all_end(
    environment, settings, monkeypatch
):
    heard = queue.SimpleQueue()
    ears = types.ModuleType("tests_ears")
    ears.CONSUMER, ears.CONCERNS, ears.on_message = "ears", frozenset({"x.y.z"}), heard.put
    ears.URGENT = frozenset()
    monkeypatch.setitem(sys.modules, "tests_ears", ears)
    settings.CONSUMERS = ["tests_ears"]
    # Databases in memory refuse a table that another thread writes to; the loops have tests of
    # their own, with a database in a file.
    monkeypatch.setattr(auditing, "begin", lambda stop: [])
    stop = threading.Event()
    running = threading.Thread(target=consuming.run, args=(stop,), daemon=True)
    running.start()

    try:
        event_in(environment, "x.y.other")
        event = event_in(environment, "x.y.z")
        message = heard.get(timeout=30)
    finally:
        stop.set()
        running.join(30)

    assert message.id == f"{environment.database}:{event.pk}"
    assert heard.empty()
    assert not running.is_alive()


def test_hand_over__asked_to_end_in_between__acknowledges_what_is_done_and_leaves_the_rest(
    stream, clock, three_events
):
    ear = Ear()
    answers = iter([True, False])
    messages = stream.fetch("gateways", limit=10, timeout_s=0)

    hand_over(Consumer("gateways", ear), stream, messages, may_go_on=lambda: next(answers))

    assert ear.heard == [1]
    deliver(stream, clock, ear)
    assert ear.heard == [1]  # the others are not due yet, and the first is done
    deliver(stream, clock, ear)
    assert ear.heard == [1, 2, 3]


def test_hand_over__message_caused_by_a_request__is_worked_off_under_its_id(
    environment, stream, clock
):
    origin = {"request_id": "r-1", "actor": "acme/ana"}
    event = event_in(environment, position=1, payload={"number": 1, "origin": origin})
    seen = []

    deliver(stream, clock, lambda message: seen.append(log_context.current()))

    assert seen == [
        LogContext(
            request_id="r-1",
            event_id=f"{environment.database}:{event.pk}",
            organisation="acme",
            environment="production",
            actor="acme/ana",
        )
    ]
    assert log_context.current() == log_context.NOTHING


def test_may_go_on__process_is_asked_to_end__says_so_once_the_time_is_over(monkeypatch):
    stop, now = threading.Event(), [100.0]
    monkeypatch.setattr(consuming.time, "monotonic", lambda: now[0])
    turn = consuming._Turn(stop, Loops().begin("x", within_s=1))
    now[0] += 3600
    assert turn.may_go_on()

    stop.set()

    assert turn.may_go_on()
    now[0] += consuming.HAND_OVER_AFTER_STOP_S
    assert not turn.may_go_on()
