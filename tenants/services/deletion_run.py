"""Going on with deletions: the steps in their order, with what is done written down as it is done."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, IntegrityError, InterfaceError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from tenants import events
from tenants.authorisation import note_change
from tenants.models import ApiToken, Deletion, Environment, Organisation
from tenants.services.checks import forget_results
from tenants.services.deletion import row_of
from tenants.services.deletion_steps import (
    ACTOR,
    ORGANISATION_STEPS,
    STEPS,
    OrganisationStep,
    RowsCameLate,
    Step,
    Waiting,
)
from tenants.services.setup.running import forget_run
from tenants.services.tokens import revoke_token
from vamp import audit, leases, outbox
from vamp.contention import close_broken
from vamp.databases import DEFAULT
from vamp.errors import VampError
from vamp.ports.errors import PortError

log = logging.getLogger("tenants")

LEASE_S = 120.0
"""Longer than a single write of progress apart: it is renewed with each."""


def continue_deletion(pk: int) -> bool:
    """Go on with a deletion until it is over, or waits for something. Safe to repeat.

    One process at a time works on it. What cannot be done now is written down as what it waits
    for; the next call tries that step once more.

    Returns:
        Whether it is over.
    """
    name = f"tenants.deletion/{pk}"
    fencing = leases.acquire(name, using=DEFAULT, seconds=LEASE_S)
    if fencing is None:
        return False
    try:
        deletion = Deletion.objects.running().filter(pk=pk).first()
        return deletion is None or _go_on(deletion)
    finally:
        leases.release(name, using=DEFAULT)


def _go_on(deletion: Deletion) -> bool:
    row = row_of(deletion)
    if row is None:
        _finish_without(deletion)
        return True
    steps = STEPS if isinstance(row, Environment) else ORGANISATION_STEPS
    for step in steps:
        if step.name in deletion.steps_done:
            continue
        with _waiting(deletion) as is_ready:
            if step.name not in deletion.steps_skipped:
                _do(deletion, step, row)
            is_ready.append(True)
        if not is_ready:
            return False
        _note_done(deletion, step.name)
    with _waiting(deletion) as is_ready:
        _finish(deletion, row)
        is_ready.append(True)
    return bool(is_ready)


def _do(deletion: Deletion, step: Step | OrganisationStep, row: Environment | Organisation) -> None:
    _note(deletion, step.name, 0, 0)
    for done, total in step.run(deletion, row):  # type: ignore[arg-type]
        _note(deletion, step.name, done, total)
        leases.acquire(f"tenants.deletion/{deletion.pk}", using=DEFAULT, seconds=LEASE_S)


@contextmanager
def _waiting(deletion: Deletion) -> Iterator[list[bool]]:
    """Write down what kept the block from its end; the list that is given stays empty then."""
    try:
        yield []
    except Waiting as reason:
        _note_waiting(deletion, str(reason))
    except (PortError, VampError) as error:
        _note_waiting(deletion, str(error))
    except (ProtectedError, IntegrityError, RowsCameLate):
        _note_waiting(deletion, "rows that somebody wrote meanwhile; they are looked for again")
        deletion.steps_done = [
            name for name in deletion.steps_done if name not in ("rows", "people")
        ]
        deletion.save(update_fields=["steps_done"])
    except (DatabaseError, InterfaceError):
        log.exception("deletion.interrupted", extra={"deletion": str(deletion)})
        close_broken()
        _note_waiting(deletion, f"database {deletion.database}, which does not answer as it should")


def _note(deletion: Deletion, step: str, done: int, total: int) -> None:
    deletion.step, deletion.done, deletion.total, deletion.waits_for = step, done, total, ""
    deletion.save(update_fields=["step", "done", "total", "waits_for", "remains"])


def _note_waiting(deletion: Deletion, reason: str) -> None:
    log.warning("deletion.waits", extra={"deletion": str(deletion), "reason": reason})
    deletion.waits_for = reason
    deletion.save(update_fields=["waits_for"])


def _note_done(deletion: Deletion, step: str) -> None:
    held = Deletion.objects.only("steps_skipped").get(pk=deletion.pk)
    deletion.steps_skipped = held.steps_skipped  # a person may have added one meanwhile
    if step in deletion.steps_skipped:
        said = f"step {step} was left out: what it would have removed is still there"
        deletion.remains = [*deletion.remains, said]
    deletion.steps_done = [*deletion.steps_done, step]
    deletion.save(update_fields=["steps_done", "remains"])


def _finish(deletion: Deletion, row: Environment | Organisation) -> None:
    """Remove the row, in one transaction with the record of it."""
    with transaction.atomic(using=DEFAULT):
        _record(deletion)
        if isinstance(row, Environment):
            _revoke_left(row)
            forget_results(row)
            forget_run(row)
            note_change(row.organisation)  # what was given on it, another of its name must not get
        row.delete()
        _close(deletion)


def _revoke_left(environment: Environment) -> None:
    """Revoke tokens of its agents that are there yet, where the step that does so was left out.

    They would go with the row, and what their agents hear events with would not.
    """
    tokens = ApiToken.objects.filter(agent_of_id=environment.pk)
    for token in tokens.select_related("organisation", "agent_of__organisation"):
        revoke_token(token, actor=ACTOR)


def _finish_without(deletion: Deletion) -> None:
    with transaction.atomic(using=DEFAULT):
        _close(deletion)


def _close(deletion: Deletion) -> None:
    deletion.finished_at, deletion.running = timezone.now(), None
    deletion.step, deletion.waits_for = "", ""
    deletion.save(update_fields=["finished_at", "running", "step", "waits_for"])


def _record(deletion: Deletion) -> None:
    is_environment = bool(deletion.environment)
    kind = "environment" if is_environment else "organisation"
    audit.record(
        ACTOR, f"{kind}.deleted", kind, deletion.path, using=DEFAULT,
        organisation=deletion.organisation, environment=deletion.environment,
        before={"requested_by": deletion.requested_by, "held": deletion.preview},
        after={"remains": deletion.remains} if deletion.remains else None,
    )  # fmt: skip
    # Nobody listens in an environment that is gone; of an organisation's own stream nothing is
    # left, and an event of it would make it anew.
    outbox.emit(
        events.ENVIRONMENT_DELETED if is_environment else events.ORGANISATION_DELETED,
        using=DEFAULT,
        organisation=deletion.organisation if is_environment else outbox.ORGANISATION_WIDE,
        payload={f"{kind}_id": deletion.row_id, "name": deletion.path.rpartition("/")[2]},
    )
