"""Carrying to archives: at least once, in order, and one that is away holds up no other."""

from __future__ import annotations

import pytest

from tests.vamp.audit.archive import Archive
from tests.vamp.audit.chains import emptied, keys, recorded, rows
from vamp.audit import archiving
from vamp.audit.archiving import CURSOR, PAUSE_AFTER_ERROR_S, Archiving, archived, behind
from vamp.audit.sealing import seal
from vamp.models import StreamCursor


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


def test_archive__nothing_waits__asks_three_times(site, django_assert_num_queries):
    site.write("acme")
    site.carry()

    with django_assert_num_queries(3, using=site.database):
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
