"""Making a dedicated database usable: looked at, its tables made, its number range given."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from tenants import events
from tenants.databases import known
from tenants.models import DatabaseState, DedicatedDatabase, NumberRange, Organisation
from tenants.services import inspection
from tenants.services.holding import Hold, Lost, held
from vamp import audit, migrating, numbering, outbox
from vamp.contention import close_broken, is_away
from vamp.databases import DEFAULT, explicit_models
from vamp.dedicated import learnt
from vamp.errors import VampError

log = logging.getLogger("tenants")

ACTOR = "vamp:storage"
HELD_S = 120.0
"""Longer than any one change of a table takes: two must not migrate at the same time."""

RETRY_S = 5.0
"""A database that is away is asked again after this."""


def prepare(row: DedicatedDatabase) -> DedicatedDatabase:
    """Make a database ready, or say what stands against it. Idempotent; goes on after a crash.

    Nothing of ours looks at the database before it is ready. Cost: some seconds; the migrations.

    Returns:
        The row, read anew: ``ready``, ``failed`` with what to mend, or still ``preparing`` where the
        server does not answer, or where another process is at it.
    """
    with held(f"tenants.database/{row.alias}", seconds=HELD_S) as hold:
        if hold is not None:
            row.refresh_from_db()
            if row.state == DatabaseState.PREPARING:
                _prepare(row, hold)
    row.refresh_from_db()
    learnt.learn(known(row))
    return row


def due() -> Sequence[DedicatedDatabase]:
    """Return the databases whose preparation is to be begun, or gone on with. One query."""
    rows = DedicatedDatabase.objects.using(DEFAULT).select_related("organisation")
    before = timezone.now() - timedelta(seconds=RETRY_S)
    waiting = rows.filter(state=DatabaseState.PREPARING)
    return list(waiting.filter(Q(tried_at=None) | Q(tried_at__lt=before)))


def _prepare(row: DedicatedDatabase, hold: Hold) -> None:
    learnt.learn(known(row))
    migrating.forget(row.alias)
    row.tried_at = timezone.now()
    try:
        for step in STEPS:
            hold.renew()
            _note(row, step.__name__.removeprefix("_").replace("_", " "))
            step(row, hold)
    except Lost:
        log.warning("database.taken_over", extra={"database": row.alias})
    except VampError as refusal:
        is_passing = isinstance(refusal, inspection.Away)
        _end(row, "" if is_passing else DatabaseState.FAILED, refusal.message)
    except DatabaseError as error:
        close_broken()
        said = inspection.told(row.alias, error).message
        _end(row, "" if is_away(error) else DatabaseState.FAILED, said)


def _connect(row: DedicatedDatabase, hold: Hold) -> None:
    inspection.connect(row.alias)


def _look_at_what_is_there(row: DedicatedDatabase, hold: Hold) -> None:
    ours = Organisation.objects.using(DEFAULT).values_list("pk", "name")
    inspection.check_contents(row.alias, dict(ours))


def _try_the_rights_of_the_account(row: DedicatedDatabase, hold: Hold) -> None:
    inspection.check_rights(row.alias)


def _make_the_tables(row: DedicatedDatabase, hold: Hold) -> None:
    if not inspection.is_marked(row.alias):
        inspection.drop_half_made(row.alias)

    def progress(name: str, done: int, total: int) -> None:
        hold.beat()
        _note(row, f"make the tables: {name}", done, total)

    migrating.migrate(row.alias, progress)


def _begin_its_numbers(row: DedicatedDatabase, hold: Hold) -> None:
    if not inspection.is_marked(row.alias):
        give_numbers(row.alias)
        inspection.mark(row.alias)


STEPS: Sequence[Callable[[DedicatedDatabase, Hold], None]] = (
    _connect,
    _look_at_what_is_there,
    _try_the_rights_of_the_account,
    _make_the_tables,
    _begin_its_numbers,
    lambda row, hold: _end(row, DatabaseState.READY, ""),
)


def give_numbers(alias: str) -> None:
    """Let a database number its rows from a range that it alone gives out."""
    given = NumberRange.objects.using(DEFAULT).create(given_to=alias)
    numbering.begin_at(alias, numbering.first_of(given.pk), explicit_models())


def _note(row: DedicatedDatabase, step: str, done: int = 0, total: int = 0) -> None:
    if step.startswith("<"):  # the last one, which has nothing to tell
        return
    row.step, row.done, row.total = step[:127], done, total
    row.save(update_fields=["step", "done", "total", "tried_at"])


def _end(row: DedicatedDatabase, state: str, error: str) -> None:
    row.state, row.error = state or row.state, error
    with transaction.atomic(using=DEFAULT):
        row.save(update_fields=["state", "error", "tried_at"])
        if state:
            audit.record(
                ACTOR, f"database.{state}", "database", row.alias, using=DEFAULT,
                organisation=row.organisation.name, after={"state": state, "error": error},
            )  # fmt: skip
            outbox.emit(
                events.DATABASE_PREPARED, using=DEFAULT, organisation=row.organisation.name,
                payload={"database": row.alias, "state": state},
            )  # fmt: skip
