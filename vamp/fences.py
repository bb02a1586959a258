"""Holding the writes to one environment, in whichever process and by whatever door they come.

The database itself refuses them, by triggers: no writer can forget to ask, and a process that has
not heard of a move cannot write to where the environment was. A trigger reads the environment's
`Fence` under a shared lock, which its transaction keeps; to close the fence is to wait for every
writer that passed it. On SQLite, where writers go one after another, no lock is needed.

Triggers are put into a database before the first move out of it, and cost each written row one
look-up by primary key from then on. Nothing else of the database changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import DatabaseError, connections, transaction
from django.db.models import Model
from django.utils import timezone

from vamp.contention import FENCED
from vamp.databases import aliases
from vamp.models.fence import Fence, FenceState

FENCES = Fence._meta.db_table
MOST_WAIT_S = 60.0

_EVENTS = (("INSERT", "NEW", 1), ("UPDATE", "NEW", 1), ("DELETE", "OLD", 0))
"""Statement, which row tells whose it is, and whether rows that are being cleared refuse it."""


def install(database: str, owned: Sequence[type[Model]], named: Sequence[type[Model]]) -> None:
    """Put the triggers into `database`. Safe to repeat; waits for writers that are under way.

    Args:
        database: alias.
        owned: models with a foreign key ``environment``.
        named: models with the columns ``organisation`` and ``environment``, which hold names.

    Raises:
        DatabaseError: the account may not make triggers (on MySQL with a binary log it needs
            ``log_bin_trust_function_creators``).
    """
    _enrol(database)
    for model in owned:
        _guard(database, model._meta.db_table, "environment_id = {row}.environment_id")
    for model in named:
        _guard(
            database,
            model._meta.db_table,
            "organisation = {row}.organisation AND environment = {row}.environment",
        )
    _enrol(database)  # environments that came before the trigger which enrols them


def remove(database: str, models: Sequence[type[Model]]) -> None:
    """Take the triggers out again. Idempotent."""
    names = [_name(model._meta.db_table, event) for model in models for event, *_ in _EVENTS]
    with connections[database].cursor() as cursor:
        for name in [*names, _ENROL]:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def are_needed(database: str) -> bool:
    """Tell whether an environment is, or was lately, moved out of `database`. One query."""
    return Fence.objects.using(database).exclude(state=FenceState.OPEN).exists()


def put(
    database: str, environment_id: int, names: tuple[str, str], state: FenceState,
    until: datetime | None = None,
) -> None:  # fmt: skip
    """Bring the environment's fence into `state`; waits for the writers that passed it.

    Raises:
        OperationalError: a writer took longer than `vamp.database_url.LOCK_WAIT_S`; nothing changed.
    """
    with transaction.atomic(using=database):
        Fence.objects.using(database).update_or_create(
            environment_id=environment_id,
            defaults={
                "organisation": names[0],
                "environment": names[1],
                "state": state,
                "until": until,
            },
        )


def state_of(database: str, environment_id: int) -> FenceState:
    """Return the state of an environment's fence; open where there is none. One query."""
    found = Fence.objects.using(database).filter(environment_id=environment_id).first()
    return FenceState(found.state) if found else FenceState.OPEN


def seconds_left(organisation: str, environment: str) -> int | None:
    """Return for how long writes to an environment are still held; None where they are not.

    At most one query a database; one that does not answer is passed over.
    """
    for database in aliases():
        rows = Fence.objects.using(database).filter(
            organisation=organisation, environment=environment, state=FenceState.HELD
        )
        try:
            with transaction.atomic(using=database):
                found = rows.first()
        except DatabaseError:
            continue
        if found is not None:
            left_s = (found.until - timezone.now()).total_seconds() if found.until else 1.0
            return max(1, round(left_s))
    return None


def told_of_move(environment: str, left_s: int | None) -> str:
    """Return what a person is told whose write was refused."""
    if left_s is None:
        return f"{environment} was just moved to another database. Nothing was changed; try again."
    return (
        f"{environment} is being moved to another database, about {left_s} s to go."
        " Nothing was changed; try again then."
    )


_ENROL = "vamp_fence_enrol"


def _enrol(database: str) -> None:
    """Give every environment that has rows here an open fence, and those to come."""
    connection = connections[database]
    ignoring = "OR IGNORE" if connection.vendor == "sqlite" else "IGNORE"
    columns = f"INSERT {ignoring} INTO {FENCES} (environment_id, organisation, environment, state)"
    select = (
        f"{columns} SELECT e.id, o.name, e.name, 0"  # noqa: S608 nothing but our own names
        " FROM tenants_environment e JOIN tenants_organisation o ON o.id = e.organisation_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(select)
        if not _is_there(database, _ENROL):
            cursor.execute(
                f"CREATE TRIGGER {_ENROL} AFTER INSERT ON tenants_environment FOR EACH ROW"
                f" BEGIN {select} WHERE e.id = NEW.id; END"
            )


def _guard(database: str, table: str, whose: str) -> None:
    with connections[database].cursor() as cursor:
        for event, row, least in _EVENTS:
            name = _name(table, event)
            if _is_there(database, name):
                continue
            refuses = "state >= 1" if least else "state IN (1, 2)"
            write = _TRIGGER[connections[database].vendor]
            cursor.execute(
                write.format(
                    name=name, event=event, table=table, fences=FENCES,
                    whose=whose.format(row=row), refuses=refuses, said=FENCED,
                )
            )  # fmt: skip


_TRIGGER = {
    "sqlite": """
        CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW
        WHEN EXISTS (SELECT 1 FROM {fences} WHERE {whose} AND {refuses})
        BEGIN SELECT RAISE(ABORT, '{said}'); END""",
    # The aggregate answers where there is no row too; the lock is what a closer waits for.
    "mysql": """
        CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW
        BEGIN
          DECLARE refused INT DEFAULT 0;
          SELECT COALESCE(MAX({refuses}), 0) INTO refused FROM {fences} WHERE {whose}
            LOCK IN SHARE MODE;
          IF refused THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{said}'; END IF;
        END""",
}


def _is_there(database: str, trigger: str) -> bool:
    connection = connections[database]
    question = (
        "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = %s"
        if connection.vendor == "sqlite"
        else "SELECT 1 FROM information_schema.triggers"
        " WHERE trigger_schema = DATABASE() AND trigger_name = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(question, [trigger])
        return cursor.fetchone() is not None


def _name(table: str, event: str) -> str:
    return f"vamp_fence_{table}_{event.lower()}"


def triggers(models: Sequence[type[Model]]) -> Iterator[str]:
    """Yield the names of the triggers on `models`, for tests and for whoever looks for them."""
    for model in models:
        for event, *_ in _EVENTS:
            yield _name(model._meta.db_table, event)
