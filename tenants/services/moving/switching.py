"""Saying, in one transaction, which store of a kind an environment has from now on."""

from __future__ import annotations

from django.db import transaction

from tenants import events
from tenants.models import Environment, StorageMove
from tenants.services import tenancy
from tenants.services.moving.step import CannotGoOn, Course, NotYet
from vamp import audit, outbox
from vamp.databases import DEFAULT


def switch_url(course: Course, kind: str, old: str = "") -> None:
    """Let the environment name the move's target; safe to repeat after a crash.

    Args:
        course: of the move.
        kind: ``kv``, ``metrics`` or ``events``.
        old: URL of the store that goes on being used beside it; kept in ``<kind>_old_url``.

    Raises:
        CannotGoOn: the environment names another store by now.
    """
    move, environment = course.move, course.environment
    if move.is_switched:
        return
    column, columns = f"{kind}_url", {f"{kind}_url": move.target}
    if old:
        columns[f"{kind}_old_url"] = old
    course.passing("switching")
    with transaction.atomic(using=DEFAULT):
        course.hold.renew()  # no other process may have taken the move over
        moves = StorageMove.objects.using(DEFAULT).select_for_update()
        if not moves.filter(pk=move.pk, step=move.step).exists():
            raise NotYet("it is given up")
        rows = Environment.objects.using(DEFAULT).filter(pk=environment.pk)
        if not rows.filter(**{column: move.source}).update(**columns):
            raise CannotGoOn(f"{environment} names another {move.get_kind_display()} by now")
        for name, value in columns.items():
            setattr(environment, name, value)
        move.is_switched = True
        move.save()
        audit.record(
            move.actor, "environment.moved", "environment", str(environment), using=DEFAULT,
            organisation=course.names[0], environment=course.names[1],
            before={column: move.source}, after={column: move.target},
        )  # fmt: skip
        for event in (events.MOVE_SWITCHED, events.ENVIRONMENT_CHANGED):
            outbox.emit(
                event, using=DEFAULT, organisation=course.names[0], environment=course.names[1],
                payload={"environment_id": environment.pk, "move": move.pk, "kind": kind,
                         "name": environment.name},
            )  # fmt: skip
    course.passing("switched")
    tenancy.mirror(environment)
