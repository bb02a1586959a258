from __future__ import annotations

import pytest

from tests.factories import event_in
from vamp.models import OutboxEvent
from vamp.outbox import message_of
from vamp.processes import express
from vamp.processes.consumer import Consumer, consumers
from vamp.processes.express import Express
from vamp.processes.relaying import Relay


class Ear:
    """Remembers the ids that it heard; fails while it is told to."""

    def __init__(self):
        self.heard, self.is_failing = [], False

    def __call__(self, message):
        if self.is_failing:
            raise RuntimeError("not now")
        self.heard.append(message.id)


@pytest.fixture(autouse=True)
def _no_events_yet(environment):
    OutboxEvent.objects.using(environment.database).all().delete()


@pytest.fixture
def ear():
    return Ear()


@pytest.fixture
def consumer(ear):
    return Consumer("ears", ear, frozenset({"x.y.z", "x.y.late"}), urgent=frozenset({"x.y.z"}))


def test_hand_over__events_of_every_kind__only_urgent_ones_go_ahead(environment, ear, consumer):
    rows = [event_in(environment, what) for what in ("x.y.z", "x.y.late", "x.y.other")]

    Express([consumer]).hand_over(environment.database, rows)

    assert ear.heard == [f"{environment.database}:{rows[0].pk}"]


def test_hand_over__same_event_again__is_heard_once(environment, ear, consumer):
    row, ahead = event_in(environment, "x.y.z"), Express([consumer])

    for _ in range(3):
        ahead.hand_over(environment.database, [row])

    assert len(ear.heard) == 1
    assert ahead.has_handed(consumer, message_of(environment.database, row))


def test_hand_over__consumer_fails__is_left_to_the_stream(environment, ear, consumer):
    row, ahead = event_in(environment, "x.y.z"), Express([consumer])
    ear.is_failing = True

    ahead.hand_over(environment.database, [row])

    assert not ahead.has_handed(consumer, message_of(environment.database, row))


def test_has_handed__very_many_since__is_forgotten(environment, ear, consumer, monkeypatch):
    monkeypatch.setattr(express, "REMEMBERED", 2)
    rows, ahead = [event_in(environment, "x.y.z") for _ in range(3)], Express([consumer])

    ahead.hand_over(environment.database, rows)

    handed = [ahead.has_handed(consumer, message_of(environment.database, row)) for row in rows]
    assert handed == [False, True, True]


def test_relay__stream_is_away__urgent_events_are_handed_over_all_the_same(
    environment, ear, consumer, settings
):
    settings.EVENTS_URL = "nats://127.0.0.1:1"
    row = event_in(environment, "x.y.z")

    Relay(on_new=Express([consumer]).hand_over).relay_once()

    assert ear.heard == [f"{environment.database}:{row.pk}"]


def test_consumers__of_the_installation__urgent_is_what_live_traffic_waits_for():
    urgent = {consumer.name: consumer.urgent for consumer in consumers()}

    assert "gateways.weights.changed" in urgent["gateways"]
    assert all(each.urgent <= each.concerns for each in consumers())
