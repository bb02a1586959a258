"""Sealing: every committed entry gets one place, whatever happens meanwhile."""

from __future__ import annotations

import pytest
from django.db import connections, transaction

from tests.vamp.audit.chains import emptied, keys, recorded, rows, sealed
from vamp import audit
from vamp.audit import sealing
from vamp.audit.hashing import GENESIS, digest, link
from vamp.audit.sealing import ChainBroken, Head, content_of, end_of, head_of, seal
from vamp.models import AuditCheckpoint, AuditEntry


def test_seal__some_entries__links_them_in_order_of_their_ids(environment):
    found = sealed(environment.database, 3)

    before = GENESIS
    for number, row in enumerate(found, 1):
        assert row.position == number
        assert row.digest == digest(content_of(row))
        before = link(before, position=number, entry=row.pk, digest=row.digest)
        assert row.link == before
    assert head_of(environment.database, keys()) == Head(3, before)


def test_seal__nothing_new__asks_once_and_writes_nothing(environment, django_assert_num_queries):
    sealed(environment.database, 2)

    with django_assert_num_queries(1, using=environment.database):
        assert seal(environment.database, keys()) == 0


@pytest.mark.parametrize("count", [1, 30])
def test_seal__any_number__same_number_of_statements(count, environment, django_assert_num_queries):
    sealed(environment.database, 1)
    recorded(environment.database, count)

    # The lock is a statement where writers do not go one after another anyway.
    locks = connections[environment.database].features.has_select_for_update
    with django_assert_num_queries(10 + locks, using=environment.database):
        seal(environment.database, keys())


def test_seal__in_batches__is_one_chain(environment):
    emptied(environment.database)
    recorded(environment.database, 7)

    assert seal(environment.database, keys(), batch=3) == 7

    assert [row.position for row in rows(environment.database)] == [*range(1, 8)]
    assert AuditCheckpoint.objects.using(environment.database).count() == 1


def test_seal__beyond_a_thousand__leaves_a_checkpoint_in_each(environment, monkeypatch):
    monkeypatch.setattr(sealing, "CHECKPOINT_EVERY", 4)
    emptied(environment.database)
    for _ in range(5):
        recorded(environment.database, 2)
        seal(environment.database, keys())

    kept = AuditCheckpoint.objects.using(environment.database).values_list("position", flat=True)
    assert [*kept] == [4, 8, 10]


def test_seal__lower_id_committed_later__comes_behind(environment):
    """As on MySQL, where a transaction that began first may commit last."""
    database = environment.database
    emptied(database)
    recorded(database, 3)
    first, *others = rows(database)
    kept = AuditEntry.objects.using(database).filter(pk=first.pk).values().get()
    AuditEntry.objects.using(database).filter(pk=first.pk).delete()

    assert seal(database, keys()) == 2
    AuditEntry.objects.using(database).create(**kept)
    assert seal(database, keys()) == 1

    assert [row.pk for row in rows(database)] == [*(row.pk for row in others), first.pk]


def test_seal__killed_after_the_places__nothing_of_it_stays(environment, monkeypatch):
    database = environment.database
    emptied(database)
    recorded(database, 2)

    def killed(*arguments):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "sign_head", killed)
        with pytest.raises(SystemExit):
            seal(database, keys())

    assert AuditEntry.objects.using(database).filter(position=None).count() == 2
    assert seal(database, keys()) == 2


def test_seal__entry_from_before_there_were_digests__gets_one(environment):
    database = environment.database
    emptied(database)
    recorded(database)
    AuditEntry.objects.using(database).update(digest="")

    seal(database, keys())

    (row,) = rows(database)
    assert row.digest == digest(content_of(row))


def test_seal__change_taken_back__has_no_place(environment):
    database = environment.database
    emptied(database)
    with transaction.atomic(using=database):
        audit.record("a", "b.c", "b", "d", using=database, organisation="acme")
        transaction.set_rollback(True, using=database)

    assert seal(database, keys()) == 0
    assert end_of(database) == Head()


def test_seal__head_is_not_signed_by_us__refuses_to_go_on(environment):
    database = environment.database
    sealed(database, 2)
    AuditCheckpoint.objects.using(database).update(signature="AAAA")
    recorded(database)

    with pytest.raises(ChainBroken, match="not signed by us"):
        seal(database, keys())
    assert AuditEntry.objects.using(database).filter(position=None).count() == 1


def test_seal__last_entry_removed__signs_nothing_upon_it(environment):
    database = environment.database
    found = sealed(database, 3)
    AuditEntry.objects.using(database).filter(pk=found[-1].pk).delete()
    recorded(database)

    with pytest.raises(ChainBroken, match="ends at 2 and not as it was signed, at 3"):
        seal(database, keys())


def test_seal__every_checkpoint_removed__refuses_to_go_on(environment):
    database = environment.database
    sealed(database, 2)
    AuditCheckpoint.objects.using(database).all().delete()
    recorded(database)

    with pytest.raises(ChainBroken):
        seal(database, keys())
