"""Deleting organisations and environments: asked for here, done in the background, step by step.

The row says that it is being deleted from the first moment, so that everything refuses to change
it; a `Deletion` says how far it is. Each step may be repeated, and none is begun before the one
before it is over. Whatever ends a process, or is away, the sweep goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from tenants import events
from tenants.models import Deletion, Environment, LifeState, Organisation
from tenants.services.deletion_preview import preview_of
from tenants.services.records import tell
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Fault, Invalid, NotFound

SKIPPABLE: Sequence[str] = ("access", "keys", "events", "metrics", "rows", "mirror", "secrets")
"""Steps that a person may take out, where what they need is gone for good."""


def delete_environment(environment: Environment, *, confirm: str, actor: str) -> Deletion:
    """Begin to delete an environment with all that is in it. It cannot be taken back.

    Asking again answers with the deletion that goes on.

    Args:
        environment: which.
        confirm: its name, typed by whoever asks.
        actor: who asks.

    Raises:
        Invalid: `confirm` is another name.
    """
    return _begin(environment, confirm, actor)


def delete_organisation(organisation: Organisation, *, confirm: str, actor: str) -> Deletion:
    """Begin to delete an organisation with its environments, people and tokens.

    See `delete_environment`. Its name is not given again: the audit trail is kept under it.
    """
    return _begin(organisation, confirm, actor)


def deletion_of(row: Organisation | Environment) -> Deletion | None:
    """Return the deletion that goes on of `row`. One query."""
    return Deletion.objects.filter(running=_running_key(row)).first()


def skip_step(deletion: Deletion, step: str, *, actor: str) -> Deletion:
    """Leave out a step that waits for something which will never come back.

    What the step would have removed stays where it is, and is said to.

    Raises:
        Invalid: there is no such step, or it cannot be left out.
        Conflict: the deletion is over, or the step is: what it removes is gone.
    """
    if step not in SKIPPABLE:
        hint = f"one of {', '.join(SKIPPABLE)}"
        raise Invalid(faults=[Fault("/skip", f"{step[:31]!r} cannot be left out", hint)])
    with transaction.atomic(using=DEFAULT):
        held = Deletion.objects.select_for_update().filter(pk=deletion.pk).first()
        if held is None or held.finished_at is not None:
            raise Conflict(faults=[Fault("", f"{deletion} is over")])
        if step in held.steps_done and step not in held.steps_skipped:
            raise Conflict(faults=[Fault("/skip", f"step {step} is done already")])
        if step not in held.steps_skipped:
            held.steps_skipped = [*held.steps_skipped, step]
            held.waits_for = ""
            held.save(update_fields=["steps_skipped", "waits_for"])
            row = row_of(held)
            if row is None:
                raise NotFound(f"There is no {held.path} any more.")
            kind = "environment" if held.environment else "organisation"
            tell(row, f"{kind}.step_skipped", _event(row), actor, after={"step": step})
    return held


def row_of(deletion: Deletion) -> Organisation | Environment | None:
    """Return the row that is deleted; None where it is gone. One query."""
    if not deletion.environment:
        return Organisation.objects.using(DEFAULT).filter(pk=deletion.row_id).first()
    rows = Environment.objects.using(DEFAULT).select_related("organisation")
    return rows.filter(pk=deletion.row_id).first()


def _begin(row: Organisation | Environment, confirm: str, actor: str) -> Deletion:
    if confirm != row.name:
        hint = f"type {row.name}: it cannot be taken back"
        raise Invalid(faults=[Fault("/confirm", f"this is not the name of {row}", hint)])
    found = deletion_of(row)
    if found is not None:
        return found
    # Outside of the transaction: it asks stores.
    seen = preview_of(row)
    try:
        with transaction.atomic(using=DEFAULT):
            return _saved(row, seen, actor)
    except IntegrityError:  # a rival was first
        found = deletion_of(row)
        if found is None:
            raise
        return found


def _saved(row: Organisation | Environment, seen: dict[str, object], actor: str) -> Deletion:
    is_environment = isinstance(row, Environment)
    made = Deletion.objects.create(
        organisation=row.organisation.name if isinstance(row, Environment) else row.name,
        environment=row.name if is_environment else "",
        row_id=row.pk,
        database=row.database if isinstance(row, Environment) else DEFAULT,
        running=_running_key(row),
        requested_by=actor,
        preview=seen,
    )
    before = model_to_dict(row)
    row.state, row.state_at, row.state_by = LifeState.DELETING, timezone.now(), actor
    row.save(update_fields=["state", "state_at", "state_by"])
    kind = "environment" if is_environment else "organisation"
    tell(row, f"{kind}.retired", _event(row), actor, before=before)
    return made


def _event(row: Organisation | Environment) -> str:
    is_environment = isinstance(row, Environment)
    return events.ENVIRONMENT_RETIRED if is_environment else events.ORGANISATION_RETIRED


def _running_key(row: Organisation | Environment) -> str:
    kind = "environment" if isinstance(row, Environment) else "organisation"
    return f"{kind}/{row.pk}"
