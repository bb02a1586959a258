"""What every event stream owes to an organisation as a whole: prepared, checked, purged."""

from __future__ import annotations

import pytest

from tests.contracts.stream_places import Place, fetched, numbers
from vamp.ports.events import EventStream

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


def test_purge__of_an_environment__others_stay_and_new_ones_come(
    place: Place, stream: EventStream
) -> None:
    staging = "vamp.acme.staging.gateways.gateway.changed"
    subjects = {1: staging, 3: staging}
    stream.publish(
        [
            place.message(number, **({"subject": subjects[number]} if number in subjects else {}))
            for number in (1, 2, 3, 4)
        ]
    )

    assert stream.purge("vamp.acme.staging.>") == 2
    assert stream.purge("vamp.acme.staging.>") == 0

    assert numbers(stream.replay(after=0, subject="vamp.acme.>", limit=10)) == [2, 4]
    assert fetched(stream) == [2, 4]
    stream.publish([place.message(5, subject=staging)])
    assert fetched(stream) == [5]


def test_purge__of_an_organisation__leaves_the_others(place: Place, stream: EventStream) -> None:
    theirs = "vamp.globex.production.gateways.gateway.changed"
    stream.publish([place.message(1), place.message(2, subject=theirs)])

    stream.purge("vamp.acme.>")

    assert numbers(stream.replay(after=0, subject="vamp.globex.>", limit=10)) == [2]
    assert numbers(stream.replay(after=0, subject="vamp.acme.>", limit=10)) == []
    stream.publish([place.message(3)])
    assert 3 in fetched(stream)


def test_purge__of_nobody__is_nothing(stream: EventStream) -> None:
    assert stream.purge("vamp.nobody.>") == 0


def test_check__of_an_organisation_with_events__is_well_and_changes_nothing(place: Place) -> None:
    stream = place.open()
    stream.prepare("acme")
    stream.publish([place.message(1)])

    found = stream.check("acme")

    assert found.is_prepared, found
    assert found.system
    assert found.version
    assert found.latency_ms is not None
    stored = stream.replay(after=0, subject="vamp.acme.>", limit=9)
    assert [message.position for message in stored] == [1]


def test_prepare__twice_before_the_first_event__takes_it(place: Place) -> None:
    stream = place.open()

    stream.prepare("acme")
    stream.prepare("acme")

    assert stream.check("acme").is_prepared
    stream.publish([place.message(1)])
    assert len(stream.replay(after=0, subject="vamp.acme.>", limit=9)) == 1
