"""One list over several databases: order, pages, filters, memory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import DATABASES
from tests.factories import NOON, audit_entry_in, environment_in
from vamp import merged
from vamp.audit import trail
from vamp.audit.trail import Trail, Wanted
from vamp.models import AuditEntry

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def both():
    """Twenty entries, every other one in the other database."""
    places = [environment_in("default"), environment_in("dedicated", name="staging")]
    for database in DATABASES:
        AuditEntry.objects.using(database).all().delete()
    for number in range(20):
        audit_entry_in(
            places[number % 2], at=NOON + timedelta(minutes=number), name=f"g{number:02}",
            actor="acme/bo" if number % 3 else "acme/ana",
        )  # fmt: skip
    audit_entry_in(environment_in("default", organisation="globex"), name="theirs")


def of(**wanted):
    return Trail(DATABASES, "acme", Wanted(**wanted))


def names(rows):
    return [row.name for row in rows]


EVERY = [f"g{number:02}" for number in range(20)]


def test_trail__two_databases__is_one_list_newest_first(both):
    found = of()

    assert len(found) == found.count() == 20
    assert names(found[0:20]) == EVERY[::-1]
    assert names(found[3:7]) == EVERY[::-1][3:7]
    assert found[2].name == "g17"
    assert names(of(environment="staging")[0:3]) == ["g19", "g17", "g15"]


def test_trail__each__is_oldest_first_over_any_number_of_reads(both, monkeypatch):
    monkeypatch.setattr(trail, "READ", 3)

    assert names(of().each()) == EVERY


def test_trail__each_at_the_same_moment__leaves_none_out(environment, monkeypatch):
    monkeypatch.setattr(trail, "READ", 2)
    AuditEntry.objects.using(environment.database).all().delete()
    for number in range(5):
        audit_entry_in(environment, name=f"g{number}")

    found = Trail([environment.database], "acme", Wanted())

    assert sorted(names(found.each())) == [f"g{number}" for number in range(5)]


def test_trail__page__takes_the_same_queries_at_any_place(both, django_assert_num_queries):
    for page in (slice(0, 5), slice(10, 20)):
        with django_assert_num_queries(2, using="default"):
            assert len(of()[page]) == page.stop - page.start


def test_trail__longer_than_a_list_is__another_goes_on_without_a_gap(both, monkeypatch):
    monkeypatch.setattr(merged, "DEEPEST", 10)

    first = of()
    second = of(until=first.goes_back_to)

    assert first.goes_back_to == NOON + timedelta(minutes=9)
    listed = [*first[0 : first.count()], *second[0 : second.count()]]
    assert names(listed) == EVERY[::-1]


@pytest.mark.parametrize("window", [1, 500])
def test_trail__several_fields__are_found_whichever_leads(both, monkeypatch, window):
    monkeypatch.setattr(merged, "FIRST_WINDOW", window)
    monkeypatch.setattr(merged, "LEAST_WINDOW", 1)

    found = of(actor="acme/ana", environment="staging", kind="gateway")

    assert names(found[0:20]) == ["g15", "g09", "g03"]
    assert (found.count(), found.unsealed(), found.goes_back_to) == (3, 3, None)
    assert names(found.each()) == ["g03", "g09", "g15"]


def test_trail__each_over_several_fields__reads_on_where_a_window_holds_none(both, monkeypatch):
    monkeypatch.setattr(trail, "READ", 2)

    found = of(actor="acme/bo", token="")

    assert names(of(actor="acme/bo", name="g01").each()) == ["g01"]
    assert len(list(found.each())) == 13
    assert list(of(actor="acme/bo", source_address="10.9.9.9").each()) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"actor": "acme/ana"}, EVERY[::3]),
        ({"q": "bo G01"}, ["g01"]),
        ({"q": "nothing"}, []),
        ({"name": "g03", "kind": "gateway"}, ["g03"]),
        ({"since": NOON + timedelta(minutes=18)}, ["g18", "g19"]),
        ({"until": NOON + timedelta(minutes=2)}, ["g00", "g01"]),
    ],
)
def test_trail__narrowed__all_must_hold(both, wanted, expected):
    assert names(of(**wanted).each()) == expected


def test_trail__get__finds_what_is_ones_own_alone(both):
    theirs = AuditEntry.objects.using("default").get(name="theirs")
    ours = AuditEntry.objects.using("dedicated").get(name="g01")

    assert of().get("dedicated", ours.pk) == ours
    assert of().get("default", theirs.pk) is None
    assert of().get("elsewhere", ours.pk) is None


def test_trail__unsealed__counts_ones_own(both):
    AuditEntry.objects.using("default").filter(name="g00").update(position=1)

    assert of().unsealed() == 19


def test_wanted__said__tells_what_was_asked_for():
    assert Wanted(actor="a", since=NOON).said() == {"actor": "a", "since": NOON.isoformat()}
