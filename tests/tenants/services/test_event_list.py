"""Which events a list has: of one organisation, over its databases, narrowed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenants.services.event_list import EventsWanted, events_of
from tests.factories import NOON, environment_in, event_in
from vamp.models import OutboxEvent


@pytest.fixture
def acme(environment):
    elsewhere = "dedicated" if environment.database == "default" else "default"
    staging = environment_in(elsewhere, name="staging")
    theirs = environment_in("default", organisation="globex")
    for database in ("default", "dedicated"):
        OutboxEvent.objects.using(database).all().delete()
    event_in(environment, payload={"gateway": "shop"})
    event_in(staging, payload={"gateway": "Käse"}, emitted_at=NOON + timedelta(hours=1))
    event_in(theirs)
    return environment.organisation


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["staging", "production"]),
        ({"environment": "staging"}, ["staging"]),
        ({"since": NOON + timedelta(minutes=1)}, ["staging"]),
        ({"until": NOON + timedelta(minutes=1)}, ["production"]),
        ({"q": "käse changed"}, ["staging"]),
        ({"q": "nothing"}, []),
    ],
)
def test_events_of__an_organisation__are_narrowed_and_newest_first(acme, wanted, expected):
    found = events_of(acme, EventsWanted(**wanted))

    assert [row.environment for row in found[0:10]] == expected
    assert found.count() == len(expected)
