"""Whatever single thing is changed in a sealed trail is found, and where."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vamp.audit.chains import emptied, keys, recorded, rows, sealed
from vamp.audit import anchoring, sealing, signing, verifying
from vamp.audit.findings import What
from vamp.audit.hashing import GENESIS, digest, link
from vamp.audit.sealing import content_of, seal
from vamp.audit.verifying import tail_of, verify
from vamp.models import AuditCheckpoint, AuditEntry

LENGTH = 8


def entries(database):
    return AuditEntry.objects.using(database)


def found(database, **more):
    return verify(database, keys(), **more).findings


def places(database):
    return [(each.what, each.position) for each in found(database)]


def test_verify__nothing_changed__is_whole(environment):
    sealed(environment.database, LENGTH)
    recorded(environment.database, 2)

    verdict = verify(environment.database, keys())

    assert verdict.is_whole
    assert (verdict.entries, verdict.head, verdict.tail.count) == (LENGTH, LENGTH, 2)


def test_verify__empty__is_whole(environment):
    emptied(environment.database)

    verdict = verify(environment.database, keys())

    assert (verdict.is_whole, verdict.head, verdict.tail.oldest_at) == (True, 0, None)


@pytest.mark.parametrize("count", [5, 40])
def test_verify__any_length__same_number_of_queries(count, environment, django_assert_num_queries):
    sealed(environment.database, count)

    with django_assert_num_queries(7, using=environment.database):
        verify(environment.database, keys())


def test_verify__longer_than_a_read__walks_all_and_tells_how_far(environment, monkeypatch):
    monkeypatch.setattr(verifying, "READ", 3)
    sealed(environment.database, LENGTH)
    told = []

    assert verify(environment.database, keys(), on_progress=told.append).is_whole
    assert told == [3, 6, 8]


EDITS = {
    "actor": "acme/bo",
    "token": "x/y",
    "verb": "gateway.removed",
    "kind": "policy",
    "name": "other",
    "environment": "staging",
    "organisation": "globex",
    "before": {"weight": 77},
    "after": None,
    "source_address": "10.0.0.9",
    "request_id": "r-9",
}
SHARED = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SHARED
@given(place=st.integers(0, LENGTH - 1), field=st.sampled_from([*EDITS, "at"]))
def test_verify__any_field_edited__is_found_there(environment, place, field):
    row = sealed(environment.database, LENGTH)[place]
    value = EDITS.get(field) if field != "at" else row.at + timedelta(microseconds=1)
    entries(environment.database).filter(pk=row.pk).update(**{field: value})

    (only,) = found(environment.database)

    assert (only.what, only.position, only.entry) == (What.EDITED, place + 1, row.pk)


@SHARED
@given(place=st.integers(0, LENGTH - 1), how_many=st.integers(1, 3))
def test_verify__any_removed__is_found_there(environment, place, how_many):
    gone = sealed(environment.database, LENGTH)[place : place + how_many]
    entries(environment.database).filter(pk__in=[row.pk for row in gone]).delete()

    (only,) = found(environment.database)

    is_end = place + how_many >= LENGTH
    assert only.position == place + 1
    assert only.what == (What.CUT_SHORT if is_end else What.REMOVED)


@SHARED
@given(pair=st.lists(st.integers(0, LENGTH - 1), min_size=2, max_size=2, unique=True).map(sorted))
def test_verify__any_two_swapped__is_found_at_the_first(environment, pair):
    database = environment.database
    one, other = (sealed(database, LENGTH)[place] for place in pair)
    one, other = (rows(database)[place] for place in pair)
    entries(database).filter(pk=one.pk).update(position=-1)
    entries(database).filter(pk=other.pk).update(position=one.position, link=one.link)
    entries(database).filter(pk=one.pk).update(position=other.position, link=other.link)

    assert found(database)[0].position == pair[0] + 1


@SHARED
@given(place=st.integers(0, LENGTH - 1))
def test_verify__edited_and_hashed_anew__is_found_there(environment, place):
    row = sealed(environment.database, LENGTH)[place]
    row.name = "other"
    row.digest = digest(content_of(row))
    row.save(using=environment.database)

    (only,) = found(environment.database)

    assert (only.what, only.position) == (What.MOVED, place + 1)


@SHARED
@given(place=st.integers(0, LENGTH - 1))
def test_verify__whole_rest_computed_anew__is_found_by_the_signature(environment, place):
    """Somebody who knows how links are made, and can write SQL, but has no key."""
    found_rows = sealed(environment.database, LENGTH)
    before = found_rows[place - 1].link if place else GENESIS
    for row in found_rows[place:]:
        row.name = "other"
        row.digest = digest(content_of(row))
        before = row.link = link(before, position=row.position, entry=row.pk, digest=row.digest)
        row.save(using=environment.database)

    (only,) = found(environment.database)

    assert (only.what, only.position) == (What.REWRITTEN, LENGTH)


@SHARED
@given(place=st.integers(1, LENGTH))
def test_verify__inserted_with_all_behind_moved__is_found(environment, place):
    database = environment.database
    sealed(database, LENGTH)
    entries(database).filter(position__gte=place).update(position=F("position") + 1000)
    entries(database).filter(position__gte=1000).update(position=F("position") - 999)
    recorded(database)
    entries(database).filter(position=None).update(position=place, link="0" * 64)

    assert found(database)[0].position in (place, place + 1)


@pytest.mark.parametrize("position", [0, -4])
def test_verify__row_at_a_place_that_was_never_given__is_found(environment, position):
    sealed(environment.database, 3)
    recorded(environment.database)
    entries(environment.database).filter(position=None).update(position=position)

    assert places(environment.database) == [(What.INSERTED, position)]


def test_verify__row_beyond_the_head__is_found(environment):
    sealed(environment.database, 3)
    recorded(environment.database)
    entries(environment.database).filter(position=None).update(position=4)

    assert places(environment.database) == [(What.INSERTED, 4)]


def test_verify__everything_removed__is_found(environment):
    sealed(environment.database, 3)
    entries(environment.database).all().delete()

    assert places(environment.database) == [(What.CUT_SHORT, 1)]


def test_verify__head_removed_too__entries_stand_unsigned(environment):
    sealed(environment.database, 3)
    AuditCheckpoint.objects.using(environment.database).all().delete()

    assert {what for what, _ in places(environment.database)} == {What.INSERTED}


def test_verify__older_head_put_back_and_the_rest_removed__the_anchor_knows(environment):
    database = environment.database
    sealed(database, 3)
    older = AuditCheckpoint.objects.using(database).values().get()
    recorded(database, 2)
    seal(database, keys())
    kv = signing.store()
    assert anchoring.cast(kv, database)
    AuditCheckpoint.objects.using(database).all().delete()
    AuditCheckpoint.objects.using(database).create(**older)
    entries(database).filter(position__gt=3).delete()

    assert found(database) == ()
    (only,) = found(database, anchor=anchoring.read(kv, database))

    assert (only.what, only.position) == (What.CUT_SHORT, 4)
    assert not anchoring.cast(kv, database)


def test_verify__checkpoint_of_a_thousand_removed__is_found(environment, monkeypatch):
    monkeypatch.setattr(sealing, "CHECKPOINT_EVERY", 4)
    monkeypatch.setattr(verifying, "CHECKPOINT_EVERY", 4)
    database = environment.database
    emptied(database)
    for _ in range(3):
        recorded(database, 4)
        seal(database, keys())
    assert verify(database, keys()).is_whole
    AuditCheckpoint.objects.using(database).filter(position=4).delete()

    assert places(database) == [(What.UNSIGNED, 1)]


def test_verify__of_one_organisation__leaves_out_what_is_others(environment):
    database = environment.database
    theirs, ours = sealed(database, 2)
    entries(database).filter(pk=theirs.pk).update(name="x")
    AuditEntry.objects.using(database).filter(pk=ours.pk).update(name="x", organisation="globex")

    assert [each.position for each in found(database, organisation="globex")] == [2]


def test_tail_of__unsealed_entries__counts_them_and_tells_the_oldest(environment):
    emptied(environment.database)
    recorded(environment.database, 2)

    tail = tail_of(environment.database)

    assert tail.count == 2
    assert tail.age_s(tail.oldest_at + timedelta(seconds=3)) == 3.0
