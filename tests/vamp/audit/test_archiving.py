"""Carrying to archives: at least once, in order, and one that is away holds up no other."""

from __future__ import annotations

import pytest

from tenants.connections import audit_archive_of
from tenants.services.tenancy import change_environment
from tests.vamp.audit.archive import Archive
from tests.vamp.audit.chains import emptied, keys, recorded, rows
from tests.vamp.drivers.elasticsearch.server import Space
from vamp.audit import archiving
from vamp.audit.archiving import (
    CURSOR,
    PAUSE_AFTER_ERROR_S,
    Archiving,
    archived,
    begun_at,
    behind,
    carried_until,
)
from vamp.audit.sealing import seal
from vamp.models import AuditEntry, StreamCursor


class Site:
    """Two organisations with an archive each; the third keeps none."""

    def __init__(self, database):
        self.database = database
        self.archives = {"acme": Archive(), "globex": Archive(), "plain": None}
        self.now_s = 0.0
        self.carrying = Archiving(self.opened, lambda: self.now_s)
        emptied(database)
        StreamCursor.objects.using(database).filter(consumer__startswith=CURSOR).delete()

    def opened(self, organisation, environment):
        if organisation == "odd":
            raise ValueError("misconfigured")
        return self.archives[organisation]

    def write(self, organisation, count=1, **fields):
        recorded(self.database, count, organisation=organisation, **fields)
        seal(self.database, keys())

    def carry(self):
        return self.carrying.archive(self.database)

    def kept(self, organisation):
        return sorted(entry.position for entry in self.archives[organisation].kept.values())


@pytest.fixture
def site(environment):
    return Site(environment.database)


def test_archive__sealed_entries__reach_the_archive_of_whom_they_belong_to(site):
    site.write("acme", 2)
    site.write("globex")
    site.write("plain")
    recorded(site.database)  # not sealed yet

    assert site.carry() == 4
    assert (site.kept("acme"), site.kept("globex")) == ([1, 2], [3])
    assert site.carry() == 0
    entry = site.archives["acme"].kept[f"{site.database}:1"]
    assert entry == archived(site.database, rows(site.database)[1])


def test_archive__nothing_waits__asks_four_times(site, django_assert_num_queries):
    site.write("acme")
    site.carry()

    with django_assert_num_queries(4, using=site.database):
        assert site.carry() == 0


def test_archive__killed_before_the_cursor_moved__repeats_and_stores_once(site, monkeypatch):
    site.write("acme", 2)

    def killed(*arguments):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(archiving, "_move", killed)
        with pytest.raises(SystemExit):
            site.carry()
    site.carry()

    assert site.archives["acme"].writes == 2
    assert site.kept("acme") == [1, 2]


def test_archive__one_is_away__others_go_on_and_it_catches_up(site, monkeypatch):
    monkeypatch.setattr(archiving, "BATCH", 2)
    site.archives["acme"].is_away = True
    for _ in range(3):
        site.write("acme", 2)
        site.write("globex")
    site.carry()
    assert site.kept("globex") == [3, 6, 9]
    assert behind(site.database) == {"acme/production": 0}

    site.archives["acme"].is_away = False
    site.carry()
    assert site.kept("acme") == []  # left alone for a while
    site.now_s = PAUSE_AFTER_ERROR_S + 1
    while behind(site.database):
        site.carry()

    assert site.kept("acme") == [1, 2, 4, 5, 7, 8]
    site.write("acme")
    assert site.carry() == 1


def test_archive__caught_up_while_more_was_sealed__has_all_of_it(site):
    site.archives["acme"].is_away = True
    site.write("acme", 2)
    site.carry()
    site.archives["acme"].is_away = False
    site.write("acme", 2)
    site.now_s = PAUSE_AFTER_ERROR_S + 1

    site.carry()

    assert site.kept("acme") == [1, 2, 3, 4]
    assert behind(site.database) == {}


def test_archive__rival_takes_it_off_the_list_meanwhile__nothing_is_lost(site):
    """Two that both believe that they hold the lease."""
    site.archives["acme"].is_away = True
    site.write("acme", 2)
    site.carry()
    site.write("globex")
    acme = site.archives["acme"]

    def rival(entries):
        del site.archives["globex"].write  # once: it is asked again in here
        acme.is_away = False
        other = Archiving(site.opened, lambda: 0.0)
        other.archive(site.database)
        return Archive.write(site.archives["globex"], entries)

    site.archives["globex"].write = rival
    site.write("acme")
    site.carry()
    site.now_s = PAUSE_AFTER_ERROR_S + 1
    site.carry()

    assert site.kept("acme") == [1, 2, 4]


def test_archive__one_is_misconfigured__others_go_on(site):
    site.write("odd")
    site.write("acme")

    assert site.carry() == 1
    assert "odd/production" in behind(site.database)


def test_archive__entry_that_is_refused_for_good__is_logged_and_passed_over(site, caplog):
    site.archives["acme"].refuses = {"g0"}
    site.write("acme", 2)

    site.carry()

    assert site.kept("acme") == [2]
    assert [record.message for record in caplog.records] == ["audit.refused"]
    assert site.carry() == 0


def test_archive_of__as_the_settings_say__asks_the_tenants(environment):
    assert archiving.archive_of("acme", "production") is None
    assert archiving.archive_of("nobody", "") is None


@pytest.mark.stack
def test_archive__on_elasticsearch_through_an_outage__has_every_entry_with_its_link(environment):
    with Space.of_its_own() as space:
        change_environment(
            environment, actor="tests", metrics_url="elasticsearch://127.0.0.1:1/v?tls=off"
        )
        now_s = [0.0]
        carrying = Archiving(clock_s=lambda: now_s[0])
        database = environment.database
        emptied(database)
        StreamCursor.objects.using(database).filter(consumer__startswith=CURSOR).delete()
        recorded(database, 3)
        seal(database, keys())
        carrying.archive(database)
        assert behind(database) == {"acme/production": 0}

        change_environment(environment, actor="tests", metrics_url=space.url)
        recorded(database, 2)
        seal(database, keys())
        now_s[0] = PAUSE_AFTER_ERROR_S + 1
        carrying.archive(database)

        mine = AuditEntry.objects.using(database).filter(kind="gateway").order_by("at")
        expected = {f"{database}:{row.position}": row.link for row in mine}
        found = audit_archive_of("acme", "production").links(
            [*expected], days=(mine[0].at, mine.last().at)
        )
        assert behind(database) == {}
        assert len(expected) == 5
        assert found == expected


def test_archive__first_entry_it_takes__is_remembered_and_stays(site):
    site.write("plain", 2)
    site.write("acme", 2)
    site.carry()
    site.write("acme")
    site.carry()
    Archiving(site.opened).archive(site.database)

    assert begun_at(site.database) == {("acme", "production"): 3}
    assert carried_until(site.database, [("acme", "production")]) == {("acme", "production"): 5}


def test_archive__longest_names_there_are__fit_into_the_cursors(site):
    organisation, environment = "o" * 63, "e" * 63
    site.archives[organisation] = Archive()
    recorded(site.database, organisation=organisation)
    AuditEntry.objects.using(site.database).update(environment=environment)
    seal(site.database, keys())
    site.carry()

    for row in StreamCursor.objects.using(site.database):
        row.clean_fields(exclude=["done", "in_flight"])
    assert begun_at(site.database) == {(organisation, environment): 1}
