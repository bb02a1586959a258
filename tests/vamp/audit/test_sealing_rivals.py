"""Sealing where rows commit in another order than that of their ids, and where sealers overlap."""

from __future__ import annotations

import threading

import pytest
from django.db import transaction

from tests.conftest import DATABASES
from tests.rivals import Rival
from tests.vamp.audit.chains import emptied, keys, recorded, rows
from vamp import audit
from vamp.audit.sealing import seal
from vamp.audit.verifying import verify
from vamp.models import AuditEntry

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True, databases=DATABASES)]


def open_transaction(database):
    """Record in a transaction that stays open; return how to let it commit."""
    has_recorded, may_commit = threading.Event(), threading.Event()

    def work():
        with transaction.atomic(using=database):
            audit.record("late", "a.b", "a", "late", using=database, organisation="acme")
            has_recorded.set()
            assert may_commit.wait(30)

    rival = Rival(work)
    assert has_recorded.wait(30)

    def commit():
        may_commit.set()
        rival.outcome()

    return commit


def test_seal__lower_id_commits_later__is_sealed_behind_and_not_lost(environment):
    database = environment.database
    emptied(database)
    commit = open_transaction(database)
    recorded(database, 2)

    assert seal(database, keys()) == 2  # and does not wait for the open one
    commit()
    assert seal(database, keys()) == 1

    found = rows(database)
    assert found[-1].name == "late"
    assert found[-1].pk < found[0].pk
    assert verify(database, keys()).is_whole


def test_seal__two_at_once_while_others_write__is_one_chain(environment):
    database = environment.database
    emptied(database)
    keys()  # made by one, not by both

    def sealing():
        for _ in range(12):
            seal(database, keys(), batch=7)

    writers = [Rival(lambda: recorded(database, 25)) for _ in range(2)]
    sealers = [Rival(sealing) for _ in range(2)]
    for rival in (*writers, *sealers):
        rival.outcome()
    seal(database, keys())

    positions = AuditEntry.objects.using(database).values_list("position", flat=True)
    assert sorted(positions) == [*range(1, 51)]
    assert verify(database, keys()).is_whole
