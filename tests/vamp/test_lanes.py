from __future__ import annotations

import pytest

from tests.factories import event_in
from vamp.lanes import RELAY_CONSUMER, Lane, lanes_at, lanes_of
from vamp.models import OutboxEvent, StreamCursor
from vamp.outbox import relay
from vamp.streams import Scope, Stream, installation_stream

OWN, OTHER = Stream("nats://own:4222"), Stream("nats://other:4222")
ACME = Scope("o1", "acme", None, OWN)
PRODUCTION = Scope("e1", "acme", "production", OTHER)


class Collecting:
    def __init__(self):
        self.ids = []

    def publish(self, messages):
        self.ids += [int(message.id.rpartition(":")[2]) for message in messages]


@pytest.fixture
def alias(environment):
    OutboxEvent.objects.using(environment.database).all().delete()
    return environment.database


def relayed(alias, scopes):
    """Relay everything; return which stream got which events."""
    found = {}
    for lane, stream in lanes_of(alias, scopes):
        to = Collecting()
        relay(alias, to, lane=lane)
        if to.ids:
            found.setdefault(stream, []).extend(to.ids)
    return found


def event(alias, organisation="acme", environment="production"):
    row = OutboxEvent.objects.using(alias).create(
        subject=f"vamp.{organisation}.{environment or '_'}.x.y.z",
        organisation=organisation,
        environment=environment,
        emitted_at="2026-03-01T12:00Z",
    )
    return row.pk


@pytest.mark.parametrize(
    ("organisation", "place", "taken_by"),
    [
        ("acme", "production", [PRODUCTION.id]),
        ("acme", "staging", [ACME.id]),
        ("acme", "", [ACME.id]),
        ("acme2", "production", [""]),
        ("globex", "", [""]),
    ],
)
def test_lane__any_event__is_taken_by_exactly_one(alias, organisation, place, taken_by):
    lanes = [lane for lane, _ in lanes_of(alias, [ACME, PRODUCTION])]
    pk = event(alias, organisation, place)
    row = OutboxEvent.objects.using(alias).get(pk=pk)

    takers = [lane.cursor.partition("/")[2] for lane in lanes if lane.takes(row)]
    rows = OutboxEvent.objects.using(alias)
    found = [lane.cursor.partition("/")[2] for lane in lanes if rows.filter(lane.condition)]

    assert takers == found == taken_by


def test_lanes_of__no_overrides__is_the_installations_alone(alias):
    assert lanes_of(alias, [Scope("o1", "acme", None, None)]) == [(Lane(), installation_stream())]


def test_lanes_of__an_override_is_set__goes_on_where_the_lane_above_is(alias):
    first = event(alias)
    assert relayed(alias, []) == {installation_stream(): [first]}
    second = event(alias)

    assert relayed(alias, [PRODUCTION]) == {OTHER: [second]}


def test_lanes_of__an_override_is_taken_back__the_lane_above_gets_what_waits(alias):
    relayed(alias, [PRODUCTION])
    waiting, elsewhere = event(alias), event(alias, "globex")
    (above, _), _ = lanes_of(alias, [PRODUCTION])
    relay(alias, Collecting(), lane=above)  # the override's own stream is away meanwhile
    none = Scope("e1", "acme", "production", None)

    assert relayed(alias, [none]) == {installation_stream(): [waiting]}
    assert lanes_of(alias, [none]) == [(Lane(), installation_stream())]
    assert elsewhere
    assert relayed(alias, [none]) == {}


def test_lanes_of__an_override_changes__what_waits_goes_to_the_new_stream(alias):
    relayed(alias, [PRODUCTION])
    waiting = event(alias)

    changed = Scope("e1", "acme", "production", OWN)

    assert relayed(alias, [changed]) == {OWN: [waiting]}


def test_lanes_of__an_environment_is_gone__its_lane_ends_and_what_comes_goes_to_the_lane_above(
    alias,
):
    assert relayed(alias, [ACME, PRODUCTION]) == {}
    late = event(alias)

    assert relayed(alias, [ACME]) == {OWN: [late]}

    StreamCursor.objects.using(alias).update(changed_at="2026-03-01T12:00Z")
    lanes_of(alias, [ACME])
    cursors = StreamCursor.objects.using(alias).filter(consumer__startswith=RELAY_CONSUMER)
    assert {cursor.consumer for cursor in cursors} == {RELAY_CONSUMER, f"{RELAY_CONSUMER}/o1"}


def test_lanes_of__a_lane_that_a_rival_has_just_begun__is_left_to_it(alias):
    lanes_of(alias, [PRODUCTION])

    lanes_of(alias, [])  # the environment is newer than our look at the tenants

    assert StreamCursor.objects.using(alias).filter(consumer=f"{RELAY_CONSUMER}/e1").exists()


@pytest.mark.parametrize("kept", [[], [ACME], [PRODUCTION], [ACME, PRODUCTION]])
def test_lanes_at__cursors_that_are_there__are_the_lanes_that_the_relay_has(alias, kept):
    laid_out = [lane for lane, _ in lanes_of(alias, kept)]
    cursors = StreamCursor.objects.using(alias).values_list("consumer", flat=True)

    assert lanes_at(list(cursors), [ACME, PRODUCTION]) == laid_out


def test_lanes_of__a_lane_without_events_of_its_own__passes_over_the_others(alias):
    lanes_of(alias, [ACME])
    for _ in range(501):
        event(alias, "globex")

    relayed(alias, [ACME])

    cursors = StreamCursor.objects.using(alias).filter(consumer__startswith=RELAY_CONSUMER)
    assert all(cursor.position >= 500 for cursor in cursors)


def test_relay__every_event_was_pruned__positions_still_go_on(environment, alias):
    event_in(environment)
    relayed(alias, [ACME])
    OutboxEvent.objects.using(alias).all().delete()
    highest = max(cursor.position for cursor in StreamCursor.objects.using(alias))

    event(alias)
    relayed(alias, [ACME])

    assert OutboxEvent.objects.using(alias).get().position > highest
