"""Words in entries, in whatever form a database keeps them, and no further back than is affordable."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import DATABASES
from tests.factories import NOON, audit_entry_in, environment_in
from vamp import audit, merged
from vamp.audit.searching import forms_of
from vamp.audit.trail import Trail, Wanted
from vamp.models import AuditEntry

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def environment_of_words(environment):
    AuditEntry.objects.using(environment.database).all().delete()
    for name, before, after in [
        ("plain", {"title": "Old shop"}, {"title": "New shop", "routes": [{"weight": 2500}]}),
        ("odd", {"said": 'a "quote"'}, {"path": "C:\\temp", "share": "50%_off"}),
        ("far", None, {"title": "Überraschung", "city": "Åre"}),
        ("gone", {"retired": True}, None),
    ]:
        audit_entry_in(environment, name=name, before=before, after=after)
    return environment


def found(environment, q, **wanted):
    rows = Trail([environment.database], "acme", Wanted(q=q, **wanted))
    return sorted(row.name for row in rows[0:50])


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("2500", ["plain"]),
        ("new SHOP", ["plain"]),
        ("old", ["plain"]),
        ("retired", ["gone"]),
        ('"quote"', ["odd"]),
        ("C:\\temp", ["odd"]),
        ("50%_off", ["odd"]),
        ("50__off", []),
        ("%", ["odd"]),
        ("überraschung", ["far"]),
        ("Über", ["far"]),
        ("åre", ["far"]),
        ("plain 2500", ["plain"]),
        ("odd 2500", []),
        ("'; DROP TABLE vamp_auditentry; --", []),
    ],
)
def test_search__words__are_found_before_and_after_in_any_case(q, expected, environment_of_words):
    assert found(environment_of_words, q) == expected


def test_search__secret__is_not_found_for_it_was_never_kept(environment):
    database = environment.database
    audit.record(
        "acme/ana", "gateway.changed", "gateway", "shop", using=database, organisation="acme",
        after={"password": "hunter-two", "url": "https://ana:hunter-three@example.com"},
    )  # fmt: skip

    assert found(environment, "hunter-two") == found(environment, "hunter-three") == []
    assert found(environment, "password") == ["shop"]


def test_forms_of__a_word__are_as_it_is_and_as_json_writes_it():
    assert forms_of("Shop") == ["shop"]
    assert forms_of('"a') == ['"a', '\\"a']
    assert set(forms_of("É")) == {"é", "\\u00c9", "\\u00e9"}


@pytest.fixture
def long_trail(monkeypatch):
    """Ten entries, a minute apart, every other one in the other database; a search reads three."""
    monkeypatch.setattr(merged, "MOST_SEARCHED", 3)
    places = [environment_in("default"), environment_in("dedicated", name="staging")]
    for database in DATABASES:
        AuditEntry.objects.using(database).all().delete()
    for number in range(10):
        audit_entry_in(
            places[number % 2], at=NOON + timedelta(minutes=number), name=f"g{number}",
            after={"weight": number},
        )  # fmt: skip


def of(**wanted):
    return Trail(DATABASES, "acme", Wanted(**wanted))


def names(rows):
    return [row.name for row in rows]


def test_search__of_a_long_trail__reads_the_newest_and_says_how_far(long_trail):
    searched = of(q="weight")

    assert searched.goes_back_to == NOON + timedelta(minutes=3)
    assert names(searched[0:20]) == ["g9", "g8", "g7", "g6", "g5", "g4", "g3"]
    assert (searched.count(), searched.unsealed()) == (7, 7)


def test_search__narrowed_by_time_or_environment__goes_further_back(long_trail):
    earlier = of(q="weight", until=NOON + timedelta(minutes=3))

    assert earlier.goes_back_to is None
    assert names(earlier[0:20]) == ["g2", "g1", "g0"]
    staging = of(q="weight", environment="staging", since=NOON + timedelta(minutes=2))
    assert names(staging[0:20]) == ["g9", "g7", "g5", "g3"]


def test_search__without_words__is_not_limited(long_trail):
    assert of().goes_back_to is None
    assert of(q="  ").count() == 10


def test_search__exported__reads_everything(long_trail):
    assert len(list(of(q="weight").each())) == 10


def test_search__any_number_of_entries__takes_the_same_queries(
    long_trail, django_assert_num_queries
):
    with django_assert_num_queries(3, using="default"):
        assert len(of(q="weight")[0:5]) == 5
