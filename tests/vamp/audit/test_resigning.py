"""What an old key signed bears the new one's signature, and nothing else is changed by that."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests.vamp.audit.chains import keys, recorded, rows, sealed
from vamp.audit import resigning, rotating, signing
from vamp.audit.forgetting import forget
from vamp.audit.resigning import sign_anew, sign_head_anew
from vamp.audit.sealing import seal
from vamp.audit.verifying import verify
from vamp.models import AuditCheckpoint, AuditGap


def turned_over():
    made = rotating.rotate(signing.store(), actor="root")
    signing.ring.forget()
    return made


def with_a_gap(database):
    """Four entries, of which retention took two."""
    sealed(database, 2, organisation="globex")
    recorded(database, 2)
    seal(database, keys())
    forget(database, "globex", before=timezone.now() + timedelta(hours=1), keys=keys())
    seal(database, keys())


def test_sign_anew__checkpoints_and_gaps__are_whole_without_the_old_key(environment, monkeypatch):
    database = environment.database
    monkeypatch.setattr(resigning, "BATCH", 1)
    with_a_gap(database)
    before = [(row.position, row.link, row.digest) for row in rows(database)]
    made = turned_over()

    count = sign_anew(database, made)

    new_alone = made.without_retired(made.retired)
    assert count == AuditCheckpoint.objects.using(database).count() + 1
    assert AuditGap.objects.using(database).get().key_id == made.current
    verdict = verify(database, new_alone)
    assert (verdict.is_whole, verdict.forgotten) == (True, 2)
    after = [(row.position, row.link, row.digest) for row in rows(database) if row.position]
    assert after == before
    assert sign_anew(database, made) == 0


def test_sign_anew__gap_that_is_not_ours__is_left_to_be_found(environment):
    database = environment.database
    with_a_gap(database)
    AuditGap.objects.using(database).update(after="e" * 64)
    made = turned_over()

    sign_anew(database, made)

    assert AuditGap.objects.using(database).get().key_id != made.current
    assert not verify(database, made).is_whole


def test_sign_head_anew__of_ours__bears_the_new_key(environment):
    database = environment.database
    sealed(database, 2)
    made = turned_over()

    assert sign_head_anew(database, made)

    assert AuditCheckpoint.objects.using(database).get().key_id == made.current
    assert verify(database, made).is_whole


def test_sign_head_anew__of_an_empty_chain__has_nothing_to_do(environment):
    sealed(environment.database, 0)

    assert sign_head_anew(environment.database, turned_over_of(keys()))


def turned_over_of(held):
    return held.turned(signing.Keys.new(), "2026-03-01T00:00:00+00:00")
