"""Retention: what is left can be verified, whichever entries went."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vamp.audit.chains import emptied, keys, recorded, rows, sealed
from vamp.audit import anchoring, forgetting, signing
from vamp.audit.findings import What
from vamp.audit.forgetting import forget, runs_of
from vamp.audit.sealing import seal
from vamp.audit.signing import Keys, KeysUnreadable
from vamp.audit.verifying import verify
from vamp.models import AuditCheckpoint, AuditEntry, AuditGap


def verdict(database):
    return verify(database, keys(), anchor=anchoring.read(signing.store(), database))


def test_runs_of__positions_with_breaks__are_parted_there():
    found = list(runs_of([(1, "a"), (2, "b"), (4, "c"), (7, "d"), (8, "e")]))

    assert found == [(1, 2, "b"), (4, 4, "c"), (7, 8, "e")]
    assert list(runs_of([])) == []


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    owners=st.lists(st.sampled_from(["acme", "globex", ""]), min_size=1, max_size=10),
    order=st.permutations(["acme", "globex", ""]),
    batch=st.integers(1, 4),
    runs=st.integers(1, 3),
)
def test_forget__any_organisations_in_any_order__leaves_a_whole_chain(
    environment, owners, order, batch, runs
):
    database = environment.database
    emptied(database)
    for owner in owners:
        recorded(database, 1, organisation=owner)
    seal(database, keys())
    until = rows(database)[-1].at + timedelta(microseconds=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forgetting, "BATCH", batch)
        patch.setattr(forgetting, "RUNS", runs)
        for number, owner in enumerate(order, 1):
            forget(database, owner, before=until, keys=keys())
            seal(database, keys())
            assert verify(database, keys()).is_whole

            gone = sum(each in order[:number] for each in owners)
            assert verify(database, keys()).forgotten == gone
    assert AuditGap.objects.using(database).count() == 1


def test_forget__old_entries_of_one__others_and_younger_stay_and_it_says_so(environment):
    database = environment.database
    sealed(database, 2)
    recorded(database, 1, organisation="globex")
    seal(database, keys())
    before = rows(database)[-1].at

    assert forget(database, "acme", before=before, keys=keys()) == 2

    left = AuditEntry.objects.using(database)
    assert [row.organisation for row in left.exclude(verb="audit.pruned")] == ["globex"]
    said = left.get(verb="audit.pruned")
    assert (said.organisation, said.actor) == ("acme", "vamp:retention")
    assert said.after["entries"] == 2
    assert forget(database, "acme", before=before, keys=keys()) == 0


def test_forget__not_sealed_yet__stays(environment):
    database = environment.database
    emptied(database)
    recorded(database)
    until = AuditEntry.objects.using(database).get().at + timedelta(days=1)

    assert forget(database, "acme", before=until, keys=keys()) == 0


def test_forget__head_and_anchor_within__still_hold(environment):
    database = environment.database
    found = sealed(database, 3)
    anchoring.cast(signing.store(), database)

    forget(database, "acme", before=found[-1].at + timedelta(seconds=1), keys=keys())

    assert verdict(database).is_whole
    assert AuditCheckpoint.objects.using(database).get().position == 3
    seal(database, keys())
    assert anchoring.cast(signing.store(), database)
    assert verdict(database).is_whole


def test_forget__gap_made_by_hand__is_found(environment):
    """Somebody with SQL removes entries and forges the statement that retention did."""
    database = environment.database
    found = sealed(database, 4)
    AuditEntry.objects.using(database).filter(position=2).delete()
    AuditGap.objects.using(database).create(
        first=2, last=2, before=found[0].link, after=found[1].link, at=found[0].at,
        key_id=keys().current, signature="AAAA",
    )  # fmt: skip

    assert [(each.what, each.position) for each in verdict(database).findings] == [
        (What.REMOVED, 2)
    ]


def test_forget__killed_midway__does_it_whole_or_not_at_all(environment, monkeypatch):
    database = environment.database
    found = sealed(database, 3)

    def killed(*arguments):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "_leave_gap", killed)
        with pytest.raises(SystemExit):
            forget(database, "acme", before=found[-1].at, keys=keys())

    assert verdict(database).is_whole
    assert len(rows(database)) == 3


def test_forget__chain_signed_by_a_key_that_is_not_known_here__forgets_nothing(environment):
    database = environment.database
    sealed(database, 2)
    until = rows(database)[-1].at + timedelta(microseconds=1)

    with pytest.raises(KeysUnreadable, match="not known here"):
        forget(database, "acme", before=until, keys=Keys.new())

    assert len(rows(database)) == 2
