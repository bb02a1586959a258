from __future__ import annotations

import pytest

from tests.factories import dead_letter_in, event_in
from vamp.audit.archiving import CURSOR
from vamp.bells import positioned
from vamp.drivers.events.database import DatabaseStream
from vamp.lanes import RELAY_CONSUMER
from vamp.models import OutboxEvent, StreamCursor
from vamp.stream_lag import StreamLag


def values(database):
    """Metric and consumer → value, of one database."""
    return {
        (sample.name.removeprefix("vamp_events_"), sample.labels.get("consumer", "")): sample.value
        for metric in StreamLag().collect()
        for sample in metric.samples
        if sample.labels["database"] == database
    }


@pytest.fixture
def events(environment):
    OutboxEvent.objects.using(environment.database).all().delete()
    StreamCursor.objects.using(environment.database).all().delete()
    for number in (1, 2, 3, 4):
        event_in(environment, position=number)
    event_in(environment)


def test_lag__events_on_their_way__are_counted_by_where_they_wait(environment, events):
    stream = DatabaseStream(environment.database, positioned())
    messages = stream.fetch("gateways", limit=10, timeout_s=0)
    stream.acknowledge("gateways", [messages[0], messages[2]])
    dead_letter_in(environment, consumer="policies")

    assert values(environment.database) == {
        ("unrelayed", ""): 1.0,
        ("behind", "gateways"): 2.0,
        ("dead_letters", "policies"): 1.0,
    }


def test_lag__events_that_concern_others__are_not_behind(environment, events):
    stream = DatabaseStream(environment.database, positioned())
    event_in(environment, position=5, what="policies.policy.created")
    concerns = ["gateways.gateway.changed"]
    messages = stream.fetch("gateways", limit=10, timeout_s=0, only=concerns)

    assert values(environment.database)["behind", "gateways"] == 4.0

    stream.acknowledge("gateways", messages)
    assert values(environment.database)["behind", "gateways"] == 0.0


def test_lag__lanes_of_the_relay__count_their_own_events_and_none_of_tenants_that_are_gone(
    environment, events
):
    lane = f"{RELAY_CONSUMER}/e{environment.pk}"
    cursors = StreamCursor.objects.using(environment.database)
    for consumer in (RELAY_CONSUMER, lane, f"{RELAY_CONSUMER}/e999999"):
        cursors.create(consumer=consumer, position=1)

    found = values(environment.database)

    assert {consumer: behind for (name, consumer), behind in found.items() if name == "behind"} == {
        RELAY_CONSUMER: 0.0,
        lane: 3.0,
    }


def test_lag__cursor_of_the_audit_archive__is_no_consumers(environment, events):
    cursors = StreamCursor.objects.using(environment.database)
    for name in (CURSOR, f"{CURSOR}:{environment}"):
        cursors.create(consumer=name, position=1)

    assert values(environment.database) == {("unrelayed", ""): 1.0}


def test_lag__registered__asks_no_database():
    described = StreamLag().describe()  # a query would fail: this test has no database

    assert [metric.samples for metric in described] == [[], [], []]
