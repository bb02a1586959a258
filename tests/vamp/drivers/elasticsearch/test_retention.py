"""Forgetting whole days and parts of one, on the real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.vamp.drivers.elasticsearch.server import Space
from vamp.drivers.elasticsearch.bulk import creation
from vamp.drivers.elasticsearch.indices import IndexFamily
from vamp.drivers.elasticsearch.retention import prune
from vamp.drivers.elasticsearch.templates import Template

pytestmark = pytest.mark.stack

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVENTS = Template("events", 1, {"at": {"type": "date"}})


@pytest.fixture(scope="module")
def space() -> Iterator[Space]:
    with Space.of_its_own() as found:
        yield found


def write(space: Space, family: IndexFamily, hours: list[int]) -> None:
    space.cluster.store(
        EVENTS,
        [
            creation(
                family.of(NOON + hour * HOUR),
                f"h{hour}",
                json.dumps({"at": (NOON + hour * HOUR).isoformat()}).encode(),
            )
            for hour in hours
        ],
    )


def older(before: datetime):
    return {"range": {"at": {"lt": before.isoformat()}}}


def test_prune__days_before_and_a_part_of_one__go_and_are_counted(space):
    family = IndexFamily(space.prefix, "acme", "production", "events")
    write(space, family, [-50, -49, -26, -25, -2, -1, 0, 1, 24])

    found = prune(space.cluster.client, family, before=NOON, older=older(NOON))

    assert found == 6
    space.cluster.refresh(family.pattern)
    assert space.cluster.client.count(index=family.pattern)["count"] == 3
    assert prune(space.cluster.client, family, before=NOON, older=older(NOON)) == 0


def test_prune__many_days__all_go(space):
    family = IndexFamily(space.prefix, "acme", "staging", "events")
    write(space, family, [-24 * day for day in range(1, 26)])

    assert prune(space.cluster.client, family, before=NOON, older=older(NOON)) == 25
    assert [name for name in space.indices() if name.startswith(family.stem)] == []


def test_prune__tenants_whose_names_look_alike__keep_theirs(space):
    ours = IndexFamily(space.prefix, "a-b", "c", "events")
    theirs = IndexFamily(space.prefix, "a", "b-c", "events")
    for each in (ours, theirs):
        write(space, each, [-30, -1])

    assert prune(space.cluster.client, ours, before=NOON, older=older(NOON)) == 2
    space.cluster.refresh(theirs.pattern)
    assert space.cluster.client.count(index=theirs.pattern)["count"] == 2


def test_prune__nothing_was_ever_written__forgets_nothing(space):
    family = IndexFamily(space.prefix, "nobody", "nowhere", "events")

    assert prune(space.cluster.client, family, before=NOON, older=older(NOON)) == 0
