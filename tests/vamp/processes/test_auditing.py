"""The loops: sealed within a second, by one process at a time, whatever is away."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing

import pytest

from tests.vamp.audit.archive import Archive
from tests.vamp.audit.chains import emptied, keys, recorded
from tests.vamp.processes.running import migrated, running, wait_until
from vamp import leases, tasks
from vamp.audit import anchoring, rotating, signing
from vamp.audit.archiving import Archiving
from vamp.audit.resigning import sign_head_anew
from vamp.audit.sealing import LEASE, seal
from vamp.databases import aliases
from vamp.models import AuditCheckpoint, AuditEntry
from vamp.ports.errors import PortUnavailable
from vamp.processes import auditing
from vamp.processes.auditing import ANCHOR_S, Carrier, Sealer


def unsealed(database):
    return AuditEntry.objects.using(database).filter(position=None).count()


@pytest.fixture
def trails(environment):
    for database in aliases():
        emptied(database)
        recorded(database, 2)
    return environment.database


def test_sealer__entries_in_every_database__seals_them_and_casts_the_anchors(trails):
    sealer = Sealer()

    assert sealer.seal_once() == 4
    assert [unsealed(database) for database in aliases()] == [0, 0]
    assert anchoring.read(signing.store(), trails).position == 2
    sealer.release()


def test_sealer__another_holds_the_lease__leaves_it_to_that(trails, monkeypatch):
    first = Sealer()
    first.seal_once()
    recorded(trails)
    monkeypatch.setattr(leases, "HOLDER", "another")

    assert Sealer().seal_once() == 0
    monkeypatch.undo()
    first.release()
    monkeypatch.setattr(leases, "HOLDER", "another")
    other = Sealer()
    assert other.seal_once() == 1
    other.release()


def test_sealer__key_value_store_is_away__entries_wait(trails, monkeypatch, caplog):
    signing.ring.forget()

    def away():
        raise PortUnavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(signing, "store", away)
        sealer = Sealer()
        assert sealer.seal_once() == 0
    assert {record.message for record in caplog.records} == {"audit.no_keys"}

    assert sealer.seal_once() == 4
    sealer.release()


def test_sealer__key_turned_over_by_another_process__is_read_and_signs(trails):
    sealer = Sealer()
    sealer.seal_once()
    stale = signing.ring._held
    made = rotating.rotate(signing.store(), actor="root")
    for database in aliases():
        sign_head_anew(database, made)
    recorded(trails)
    signing.ring._held = stale

    assert sealer.seal_once() >= 1

    head = AuditCheckpoint.objects.using(trails).order_by("-position").first()
    assert head.key_id == made.current
    sealer.release()


def test_sealer__broken_chain__is_told_and_holds_up_no_other(trails, caplog):
    seal(trails, keys())
    AuditCheckpoint.objects.using(trails).update(link="f" * 64)
    recorded(trails)
    sealer = Sealer()

    assert sealer.seal_once() == 2
    assert [record.message for record in caplog.records] == ["audit.broken"]
    assert auditing.BROKEN.labels(trails)._value.get() == 1
    sealer.release()


def test_sealer__chain_is_not_the_anchors__says_so_and_leaves_the_anchor(trails, caplog):
    now = [0.0]
    sealer = Sealer(lambda: now[0])
    sealer.seal_once()
    emptied(trails)
    recorded(trails)
    now[0] = ANCHOR_S

    sealer.seal_once()

    assert "audit.anchor_not_on_chain" in {record.message for record in caplog.records}
    assert anchoring.read(signing.store(), trails).position == 2
    sealer.release()


def test_carrier__sealed_entries__reach_the_archive(trails):
    archive = Archive()
    carrier = Carrier(Archiving(lambda organisation, environment: archive))
    seal(trails, keys())

    assert carrier.carry_once() == 2
    assert len(archive.kept) == 2
    carrier.release()


def test_keep_audit__no_process_runs__seals_and_gives_the_leases_back(trails):
    tasks.keep_audit()

    assert [unsealed(database) for database in aliases()] == [0, 0]
    assert leases.acquire(LEASE, using=trails, seconds=1) is not None


@pytest.mark.processes
@pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)
def test_loop__asked_to_end__seals_what_waits_and_gives_the_leases_back(trails):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()

    auditing.seal_loop(stop)

    assert [unsealed(database) for database in aliases()] == [0, 0]
    assert leases.acquire(LEASE, using=trails, seconds=1) is not None


def test_consume__an_entry_is_committed__is_sealed_within_a_second(db, tmp_path):
    """The real process, on a database of its own."""
    database = tmp_path / "vamp.sqlite3"
    migrated(database)
    with running(tmp_path, "consume") as process:
        took = []
        for number in range(4):
            _insert(database, number)
            begun = time.monotonic()
            wait_until(process, tmp_path, lambda: not _waiting(database))
            took.append(time.monotonic() - begun)

    assert min(took[1:]) < 1.2  # the machine may be busy, but not each time


def _insert(database, number):
    columns = (
        "at, organisation, environment, actor, token, verb, kind, name, request_id, digest, link"
    )
    with closing(sqlite3.connect(database, timeout=20)) as connection, connection:
        connection.execute(
            f"INSERT INTO vamp_auditentry ({columns})"  # noqa: S608
            " VALUES (datetime('now'), 'acme', '', 'a', '', 'b.c', 'b', ?, '', '', '')",
            [str(number)],
        )


def _waiting(database):
    with closing(sqlite3.connect(database, timeout=20)) as connection:
        return connection.execute(
            "SELECT count(*) FROM vamp_auditentry WHERE position IS NULL"
        ).fetchone()[0]
