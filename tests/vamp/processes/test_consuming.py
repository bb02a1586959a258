from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from kombu.exceptions import OperationalError as BrokerAway

from tests.factories import NOON, event_in
from vamp import leases, wiring
from vamp.drivers.clock.settable import SettableClock
from vamp.drivers.events.database import VISIBILITY_S, DatabaseStream
from vamp.models import DeadLetter, OutboxEvent
from vamp.outbox import positioned
from vamp.ports.errors import PortUnavailable
from vamp.processes import consuming
from vamp.processes.consuming import MOST_DELIVERIES, Consumer, hand_over, relay_once


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
    assert [consumer.name for consumer in consuming.consumers()] == ["gateways", "policies"]


def test_relay_once__events_in_a_database__get_positions(environment, stream):
    event_in(environment)

    assert relay_once() >= 1

    assert OutboxEvent.objects.using(environment.database).get().position == 1


def test_relay_once__another_holds_the_lease__leaves_its_database_alone(
    environment, stream, monkeypatch
):
    event_in(environment)
    monkeypatch.setattr(leases, "HOLDER", "another")
    leases.acquire("vamp.relay", using=environment.database, seconds=10)
    monkeypatch.undo()

    relay_once()

    assert OutboxEvent.objects.using(environment.database).get().position is None


class Silent:
    """A stream that does not answer."""

    def publish(self, messages):
        raise PortUnavailable("silent")


def test_relay_once__one_databases_stream_is_silent__others_go_on(
    environment, other_environment, settings, monkeypatch, caplog
):
    events = [event_in(each) for each in (environment, other_environment)]
    monkeypatch.setattr(
        consuming,
        "stream_of",
        lambda database: (
            Silent()
            if database == "default"
            else wiring.events_from_url(settings.EVENTS_URL, database=database)
        ),
    )

    with caplog.at_level(logging.ERROR, logger="vamp.consume"):
        relay_once()

    assert [record.database for record in caplog.records] == ["default"]
    handed = next(event for event in events if event._state.db == "dedicated")
    handed.refresh_from_db(using="dedicated")
    assert handed.position
    heard = consuming.stream_of("dedicated").replay(after=0, subject="vamp.>", limit=100)
    assert handed.subject in {message.subject for message in heard}
