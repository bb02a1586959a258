from __future__ import annotations

import pytest

from tenants.models import Deletion, Environment, LifeState
from tenants.services.deletion import (
    SKIPPABLE,
    delete_environment,
    delete_organisation,
    deletion_of,
    row_of,
    skip_step,
)
from tenants.services.deletion_steps import ORGANISATION_STEPS, STEPS
from tests.factories import deletion_in
from vamp.errors import Conflict, Invalid
from vamp.models import AuditEntry, OutboxEvent


@pytest.mark.parametrize("typed", ["", "Production", "acme/production", "staging"])
def test_delete_environment__another_name_typed__changes_nothing(environment, typed):
    with pytest.raises(Invalid) as caught:
        delete_environment(environment, confirm=typed, actor="root")

    assert [fault.pointer for fault in caught.value.faults] == ["/confirm"]
    assert not Deletion.objects.exists()
    assert Environment.objects.get().state == LifeState.ACTIVE


def test_delete_environment__its_name_typed__is_marked_audited_and_told(environment):
    made = delete_environment(environment, confirm="production", actor="root")

    assert Environment.objects.get(pk=environment.pk).state == LifeState.DELETING
    assert (made.path, made.database) == ("acme/production", environment.database)
    assert deletion_of(environment) == made
    entry = AuditEntry.objects.using("default").get(verb="environment.retired")
    assert (entry.actor, entry.before["name"]) == ("root", "production")
    event = OutboxEvent.objects.using("default").get(subject__endswith="environment.retired")
    assert event.payload["environment_id"] == environment.pk


def test_delete_environment__again__is_the_same_deletion(environment):
    made = delete_environment(environment, confirm="production", actor="root")

    again = delete_environment(environment, confirm="production", actor="somebody")

    assert again == made
    assert AuditEntry.objects.using("default").filter(verb="environment.retired").count() == 1


def test_delete_organisation__its_name_typed__row_is_found_again(environment):
    made = delete_organisation(environment.organisation, confirm="acme", actor="root")

    assert row_of(made) == environment.organisation
    assert made.preview["people"] == 0


def test_skip_step__that_waits__is_kept_and_audited(environment):
    made = delete_environment(environment, confirm="production", actor="root")
    Deletion.objects.update(waits_for="a store", step="keys")

    held = skip_step(made, "keys", actor="root")

    assert (held.steps_skipped, held.waits_for) == (["keys"], "")
    assert AuditEntry.objects.using("default").get(verb="environment.step_skipped").after == {
        "step": "keys"
    }


@pytest.mark.parametrize("step", ["stop", "", "everything"])
def test_skip_step__that_may_not_be__is_refused(environment, step):
    made = delete_environment(environment, confirm="production", actor="root")

    with pytest.raises(Invalid):
        skip_step(made, step, actor="root")


def test_skip_step__that_is_done__is_a_conflict_and_stays_done(environment):
    made = delete_environment(environment, confirm="production", actor="root")
    Deletion.objects.update(steps_done=["stop", "access", "keys"], step="events")

    with pytest.raises(Conflict):
        skip_step(made, "keys", actor="root")

    assert Deletion.objects.get().steps_skipped == []


def test_skip_step__deletion_is_over__is_a_conflict(environment):
    with pytest.raises(Conflict):
        skip_step(deletion_in(environment), "keys", actor="root")


def test_skippable__every_one__is_a_step():
    assert set(SKIPPABLE) <= {step.name for step in (*STEPS, *ORGANISATION_STEPS)}
