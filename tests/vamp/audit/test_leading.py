"""Which index leads, and that one does: by the plan of the database, not by how long it takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from tenants.services.event_list import EventsWanted, events_of
from tests.conftest import DATABASES
from tests.factories import NOON, audit_entry_in, environment_in
from tests.vamp.audit.chains import keys
from vamp import merged
from vamp.audit import archiving
from vamp.audit.archiving import Archiving
from vamp.audit.forgetting import forget
from vamp.audit.leading import compared, led
from vamp.audit.sealing import end_of, seal
from vamp.audit.trail import Trail, Wanted
from vamp.audit.verifying import tail_of, verify
from vamp.models import AuditEntry
from vamp.tasks import prune

pytestmark = pytest.mark.django_db(databases=DATABASES)

TABLES = frozenset({"vamp_auditentry", "vamp_outboxevent"})
WEEK = {"since": NOON, "until": NOON + timedelta(days=7)}


@pytest.fixture
def place():
    """Enough of three kinds of entries for a database to have an opinion."""
    place = environment_in("default")
    row = audit_entry_in(place)
    AuditEntry.objects.using("default").bulk_create(
        AuditEntry(
            at=NOON + timedelta(minutes=number), organisation=("acme", "globex")[number % 5 == 0],
            environment=("production", "", "staging")[number % 3], actor=f"acme/p{number % 7}",
            verb=("gateway.changed", "role.changed")[number % 40 == 0],
            kind=("gateway", "role")[number % 40 == 0], name=f"g{number % 50}",
            request_id=f"r{number // 2}", digest=row.digest,
        )
        for number in range(2_000)
    )  # fmt: skip
    seal("default", keys())
    audit_entry_in(place)
    return place


def plan_of(sql):
    """Return the lines of SQLite's plan: for each table how it is read, and what is sorted.

    MariaDB's would tell of two thousand rows that to read them all is quicker.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"), [])
        return [row[3] for row in cursor.fetchall()]


def is_by_index(sql, line):
    """Tell whether a line goes to its rows by an index, and neither reads all nor sorts any."""
    if sql.endswith("LIMIT 1") and "SCAN" in line and "USING INDEX" in line:
        return "ORDER BY" in sql  # the first in order of the index, where reading ends
    return not line.startswith("SCAN vamp_") and "TEMP B-TREE" not in line


def reads_of(act):
    """Return each SELECT of `act` from our two tables, with what the database says of it."""
    with CaptureQueriesContext(connections["default"]) as captured:
        act()
    found = {}
    for query in captured.captured_queries:
        sql = query["sql"]
        if sql.lstrip("( ").startswith("SELECT") and any(table in sql for table in TABLES):
            found[sql] = plan_of(sql)
    assert found
    return found


def whole_page(**wanted):
    def act():
        found = Trail(["default"], "acme", Wanted(**wanted))
        assert found.count() >= len(found[0:50])
        found[merged.SHALLOW + 1 : merged.SHALLOW + 51]
        found.unsealed()

    return act


ALONE = {
    "all": {},
    "environment": {"environment": "production"},
    "actor": {"actor": "acme/p1"},
    "object": {"name": "g3"},
    "kind": {"kind": "role"},
    "verb": {"verb": "gateway.changed"},
    "request": {"request_id": "r77"},
}
TOGETHER = {
    "actor of an environment": {"actor": "acme/p1", "environment": "staging"},
    "kind and name": {"kind": "gateway", "name": "g3"},
    "kind of an environment": {"kind": "gateway", "environment": "production"},
    "token": {"token": "abc/ci"},
    "address": {"source_address": "10.0.0.1"},
    "words": {"q": "weight"},
    "words of an actor": {"q": "weight", "actor": "acme/p1"},
}


@pytest.mark.sqlite
@pytest.mark.parametrize("span", [{}, WEEK], ids=["ever", "week"])
@pytest.mark.parametrize("wanted", [*ALONE.values(), *TOGETHER.values()], ids=[*ALONE, *TOGETHER])
def test_page__of_whatever_is_wanted__is_led_to_by_an_index(place, wanted, span):
    for sql, plan in reads_of(whole_page(**wanted, **span)).items():
        assert all(is_by_index(sql, line) for line in plan), (sql, plan)


@pytest.mark.sqlite
@pytest.mark.parametrize("wanted", [*ALONE.values(), *TOGETHER.values()], ids=[*ALONE, *TOGETHER])
def test_export__of_whatever_is_wanted__is_led_to_by_an_index(place, wanted, monkeypatch):
    monkeypatch.setattr("vamp.audit.trail.READ", 100)

    reads = reads_of(lambda: list(Trail(["default"], "acme", Wanted(**wanted)).each()))

    for sql, plan in reads.items():
        assert all(is_by_index(sql, line) for line in plan), (sql, plan)
        if '"id" >' in sql:  # goes on, and not from the beginning
            assert all("at>?" in line for line in plan), (sql, plan)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "wanted", [EventsWanted(), EventsWanted(environment="production"), EventsWanted(q="weight")]
)
def test_events__page__is_led_to_by_an_index(place, wanted):
    def act():
        found = events_of(place.organisation, wanted)
        assert found.count() >= len(found[0:50])

    for sql, plan in reads_of(act).items():
        assert all(is_by_index(sql, line) for line in plan), (sql, plan)


def _carried():
    archiving._move("default", f"{archiving.CURSOR}:acme/production", 0)
    Archiving(lambda organisation, environment: None).archive("default")


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "act",
    [
        lambda: seal("default", keys()),
        lambda: tail_of("default"),
        lambda: end_of("default"),
        lambda: verify("default", keys()),
        lambda: forget("default", "acme", before=NOON + timedelta(minutes=100), keys=keys()),
        prune,
        _carried,
    ],
    ids=["seal", "tail", "end", "verify", "forget", "prune", "carry"],
)
def test_upkeep__of_a_long_trail__reads_no_more_than_its_part(place, act):
    for sql, plan in reads_of(act).items():
        assert all(is_by_index(sql, line) for line in plan), (sql, plan)


def test_led__several_fields__the_rarest_leads(place, monkeypatch):
    monkeypatch.setattr(merged, "FIRST_WINDOW", 20)
    rows = AuditEntry.objects.using("default").filter(organisation="acme")

    found = led(rows, {"actor": "acme/p1", "kind": "role", "environment": "production"})

    assert found.left == {"actor": "acme/p1", "environment": "production"}
    assert found.rows.count() == rows.filter(kind="role").count()


def test_led__none_is_rare__the_one_that_reaches_furthest_leads(place, monkeypatch):
    monkeypatch.setattr(merged, "FIRST_WINDOW", 1)
    monkeypatch.setattr(merged, "MOST_SEARCHED", 10)
    rows = AuditEntry.objects.using("default").filter(organisation="acme")

    assert led(rows, {"kind": "gateway", "actor": "acme/p1"}).left == {"kind": "gateway"}


@pytest.mark.sqlite
@pytest.mark.parametrize("lead", ["actor", "kind", "name", "environment"])
def test_compared__other_fields__tempt_no_index_of_theirs(place, lead):
    exact = {"actor": "acme/p1", "kind": "gateway", "name": "g3", "environment": "production"}
    rows = AuditEntry.objects.using("default").filter(
        organisation="acme", at__gte=NOON, **{lead: exact.pop(lead)}
    )

    with CaptureQueriesContext(connections["default"]) as captured:
        list(compared(rows, exact))

    (line, *sorting) = plan_of(captured.captured_queries[0]["sql"])
    assert f"audit_{lead}_at (organisation=? AND {lead}=? AND at>?" in line
    assert sorting == ["USE TEMP B-TREE FOR ORDER BY"]  # by id, as rows are where nobody says


def test_led__no_field_with_an_index__all_is_compared(place):
    rows = AuditEntry.objects.using("default").filter(organisation="acme")

    assert led(rows, {"token": "abc/ci"}).left == {"token": "abc/ci"}
