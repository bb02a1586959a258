"""Turning over the key: what was signed stays verifiable, and both keys stand under the change."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.vamp.audit.chains import keys, recorded, sealed
from vamp.audit import anchoring, rotating, signing
from vamp.audit.resigning import sign_anew, sign_head_anew
from vamp.audit.sealing import seal
from vamp.audit.signing import Keys
from vamp.audit.verifying import verify
from vamp.databases import aliases
from vamp.models import AuditCheckpoint, AuditEntry
from vamp.ports.errors import RevisionConflict


def turned_over():
    keys()
    made = rotating.rotate(signing.store(), actor="root", reason="a year is over")
    signing.ring.forget()
    return made


def test_rotate__chain_signed_by_the_old_key__is_whole_and_goes_on(environment):
    database = environment.database
    sealed(database, 3)
    old = keys().current

    made = turned_over()
    recorded(database)
    seal(database, made)

    verdict = verify(database, made)
    assert (verdict.is_whole, verdict.entries) == (True, verdict.head)
    assert AuditCheckpoint.objects.using(database).get().key_id == made.current != old
    assert list(made.private) == [made.current]
    assert list(made.retired) == [old]


def test_rotate__entry__is_signed_by_both_keys_and_holds_no_secret(environment):
    before = keys()

    made = turned_over()

    entry = AuditEntry.objects.using("default").get(verb="audit.key_rotated")
    assert (entry.actor, entry.organisation) == ("root", "")
    assert (entry.before["public"], entry.after["public"]) == (before.public(), made.public())
    assert rotating.is_rotation_signed(entry.before, entry.after)
    text = str(entry.before) + str(entry.after)
    for key in [*before.private.values(), *made.private.values()]:
        assert base64.b64encode(key).decode() not in text


@pytest.mark.parametrize("field", ["public", "made_at", "signed_by_old", "signed_by_new"])
def test_rotation__entry_that_was_changed__is_not_signed(field, environment):
    turned_over()
    entry = AuditEntry.objects.using("default").get(verb="audit.key_rotated")
    others = {"public": Keys.new().public(), "made_at": "2026-01-01T00:00:00+00:00"}

    changed = {**entry.after, field: others.get(field, base64.b64encode(bytes(64)).decode())}

    assert not rotating.is_rotation_signed(entry.before, changed)


def test_rotate__rival_writes_all_the_time__changes_nothing(environment):
    keys()
    store = signing.store()

    class Contested:
        get = store.get

        def put(self, *args, **more):
            raise RevisionConflict("a rival")

    with pytest.raises(RevisionConflict):
        rotating.rotate(Contested(), actor="root")
    assert not AuditEntry.objects.using("default").filter(verb="audit.key_rotated").exists()


def test_drop_retired__nothing_signed_anew__keeps_what_is_needed(environment):
    database = environment.database
    sealed(database, 2)
    old = keys().current
    turned_over()

    assert rotating.drop_retired(signing.store(), aliases(), actor="root") == []
    signing.ring.forget()
    assert old in keys()


def test_drop_retired__signed_anew__signature_of_the_old_key_is_worth_nothing(environment):
    database = environment.database
    sealed(database, 2)
    anchoring.cast(signing.store(), database)
    old = keys()
    made = turned_over()
    (head,) = AuditCheckpoint.objects.using(database)

    for each in aliases():
        sign_anew(each, made)
        anchoring.sign_anew(signing.store(), each, made)
    dropped = rotating.drop_retired(signing.store(), aliases(), actor="root")

    signing.ring.forget()
    assert dropped == [old.current]
    anchor = anchoring.read(signing.store(), database)
    assert verify(database, keys(), anchor=anchor).is_whole
    AuditCheckpoint.objects.using(database).update(key_id=head.key_id, signature=head.signature)
    (finding,) = verify(database, keys(), anchor=anchor).findings
    assert finding.what == "unsigned"
    entry = AuditEntry.objects.using("default").get(verb="audit.key_dropped")
    assert entry.before == {"key_ids": [old.current]}


def test_keys_in_use__after_a_rotation__count_what_each_stands_under(environment):
    sealed(environment.database, 2)
    old = keys().current
    made = turned_over()

    found = rotating.keys_in_use(made, aliases())

    assert [(key.id, key.is_current, key.gaps) for key in found] == [
        (made.current, True, 0), (old, False, 0),
    ]  # fmt: skip
    assert found[0].checkpoints == 0
    assert found[1].checkpoints >= 1


def test_unsettled__by_the_age_of_the_key__ends(environment):
    made = turned_over()
    now = timezone.now()

    assert 0 < rotating.unsettled_s(made, now) <= rotating.SETTLED_AFTER_S
    assert rotating.unsettled_s(made, now + timedelta(minutes=1)) == 0
    assert rotating.unsettled_s(Keys.new(), now) == 0


def test_sign_head_anew__head_that_is_not_ours__is_left(environment):
    database = environment.database
    sealed(database, 2)
    made = turned_over()
    AuditCheckpoint.objects.using(database).update(link="f" * 64)

    assert not sign_head_anew(database, made)
    assert AuditCheckpoint.objects.using(database).get().key_id != made.current
