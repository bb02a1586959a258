"""One list of what lies in several databases; the audit trail's own tests ask more of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import DATABASES
from tests.factories import NOON, environment_in, event_in
from vamp import merged
from vamp.merged import MOST_WINDOW, Merged, next_window
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


def test_merged__one_database__is_read_at_once_and_further_down_by_keys(
    events, monkeypatch, django_assert_num_queries
):
    found = Merged(rows(["dedicated"]), "emitted_at")

    with django_assert_num_queries(1, using="dedicated"):
        assert numbers(found[1:3]) == [3, 1]
    monkeypatch.setattr(merged, "SHALLOW", 0)
    with django_assert_num_queries(2, using="dedicated"):
        assert numbers(found[1:3]) == [3, 1]


@pytest.mark.parametrize(
    ("databases", "listed", "left"),
    [(DATABASES, [5, 4, 3, 2], [1, 0]), (["dedicated"], [5, 3, 1], [])],
)
def test_merged__longer_than_a_list_is__says_how_far_it_goes_and_another_goes_on(
    events, monkeypatch, databases, listed, left
):
    monkeypatch.setattr(merged, "DEEPEST", len(listed) - 1)

    found = Merged(rows(databases), "emitted_at")

    end = found.goes_back_to
    if left:
        assert (found.count(), numbers(found[0 : found.count()])) == (len(listed), listed)
        older = {name: each.filter(emitted_at__lt=end) for name, each in rows(databases).items()}
        monkeypatch.setattr(merged, "DEEPEST", 9)
        assert numbers(Merged(older, "emitted_at")[0:9]) == left
    else:
        assert (end, found.count()) == (NOON + timedelta(minutes=1), 3)


def test_merged__one_database_longer_than_a_list_is__goes_back_to_a_whole_millisecond(
    events, monkeypatch
):
    monkeypatch.setattr(merged, "DEEPEST", 1)
    OutboxEvent.objects.using("dedicated").filter(payload={"n": 3}).update(
        emitted_at=NOON + timedelta(minutes=3, microseconds=1_234)
    )

    found = Merged(rows(["dedicated"]), "emitted_at")

    assert found.goes_back_to == NOON + timedelta(minutes=3, milliseconds=1)
    assert found.count() == 2


def test_merged__search__reads_the_newest_alone(events, monkeypatch):
    monkeypatch.setattr(merged, "MOST_SEARCHED", 1)

    found = Merged(rows(), "emitted_at", rows())

    assert found.goes_back_to == NOON + timedelta(minutes=3)
    assert numbers(found[0:9]) == [5, 4, 3]
    assert found.count() == 3


def test_merged__search_without_time__reads_one_window_of_each(events, monkeypatch):
    monkeypatch.setattr(merged, "FIRST_WINDOW", 1)

    found = Merged(rows(["dedicated"]), "emitted_at", rows(["dedicated"]), within_s=0.0)

    assert found.goes_back_to == NOON + timedelta(minutes=3)
    assert numbers(found[0:9]) == [5, 3]


def test_merged__search_with_time__reads_window_by_window_to_the_end(events, monkeypatch):
    monkeypatch.setattr(merged, "FIRST_WINDOW", 1)
    monkeypatch.setattr(merged, "LEAST_WINDOW", 1)
    some = {"dedicated": rows()["dedicated"].exclude(payload={"n": 3})}

    found = Merged(some, "emitted_at", rows(["dedicated"]), within_s=60.0)

    assert found.goes_back_to is None
    assert numbers(found[0:9]) == [5, 1]


@pytest.mark.parametrize(
    ("took_s", "left_s", "expected"),
    [(0.01, 1.0, 800), (0.01, 0.015, 600), (0.01, 0.001, 0), (0.01, -1.0, 0), (0.0, 1.0, 800)],
)
def test_next_window__as_fast_as_the_last__fits_into_what_is_left(took_s, left_s, expected):
    assert next_window(400, took_s, left_s) == expected
    assert next_window(MOST_WINDOW, 0.01, 1.0) == MOST_WINDOW
