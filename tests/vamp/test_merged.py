"""One list of what lies in several databases; the audit trail's own tests ask more of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import DATABASES
from tests.factories import NOON, environment_in, event_in
from vamp import merged
from vamp.errors import Invalid
from vamp.merged import Merged
from vamp.models import OutboxEvent

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def events():
    """Six events a minute apart, every other one in the other database."""
    places = [environment_in("default"), environment_in("dedicated", name="staging")]
    for database in DATABASES:
        OutboxEvent.objects.using(database).all().delete()
    for number in range(6):
        event_in(
            places[number % 2], emitted_at=NOON + timedelta(minutes=number), payload={"n": number}
        )


def rows(databases=DATABASES):
    return {each: OutboxEvent.objects.using(each).filter(organisation="acme") for each in databases}


def numbers(found):
    return [row.payload["n"] for row in found]


def test_merged__two_databases__is_one_list_newest_first(events, django_assert_num_queries):
    found = Merged(rows(), "emitted_at")

    assert len(found) == 6
    assert numbers(found[0:6]) == [5, 4, 3, 2, 1, 0]
    assert numbers(found[2:4]) == [3, 2]
    assert numbers(found[3:]) == [2, 1, 0]
    assert numbers([found[1]]) == [4]
    with django_assert_num_queries(2, using="dedicated"):
        found[0:3]


def test_merged__one_database__is_read_at_once_however_deep(
    events, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(merged, "DEEPEST", 1)
    found = Merged(rows(["dedicated"]), "emitted_at")

    with django_assert_num_queries(1, using="dedicated"):
        assert numbers(found[1:3]) == [3, 1]


def test_merged__deeper_than_it_goes__is_refused(events, monkeypatch):
    monkeypatch.setattr(merged, "DEEPEST", 3)

    with pytest.raises(Invalid):
        Merged(rows(), "emitted_at")[2:5]


def test_merged__search__reads_the_newest_alone(events, monkeypatch):
    monkeypatch.setattr(merged, "MOST_SEARCHED", 1)

    found = Merged(rows(), "emitted_at", rows())

    assert found.searched_back_to == NOON + timedelta(minutes=3)
    assert numbers(found[0:9]) == [5, 4]
    assert found.count() == 2
