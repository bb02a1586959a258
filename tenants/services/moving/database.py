"""Moving an environment's rows to another SQL database.

Rows are copied while they are in use, again and again until little is left. Then writes to the
environment are held, the rest is copied, both sides are proved to be the same, and one transaction
says where the environment lies. Until then the old database is the truth and nothing is lost by
giving up; afterwards the new one is, and the old rows are removed once they are proved unchanged.
"""

from __future__ import annotations

import secrets
import time
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from tenants import events
from tenants.models import Environment, StorageMove
from tenants.services import tenancy
from tenants.services.dedicated import faults_of_choice
from tenants.services.inspection import told
from tenants.services.moving.step import CannotGoOn, Course, NotYet, Road
from tenants.services.moving.tables import named_models, owned_models, tables_of
from tenants.services.preparation import give_numbers
from vamp import audit, fences, outbox, rowcopy
from vamp.contention import close_broken, is_passing
from vamp.databases import DEFAULT
from vamp.models.fence import FenceState
from vamp.models.lock import NamedLock

MOST_PASSES = 6
FEW_ROWS = 500
"""A pass that found no more changes than this is the last before writes are held."""

MOST_HELD_S = 20.0
"""Writes are let go again where the end takes longer; the copy goes on and tries later."""

MOST_HOLDS = 5
SETTLE_S = 5.0
"""Requests that began before the switch have ended after this."""

DELETE_BATCH = 2_000


def _check(course: Course) -> None:
    """Refuse what cannot come out well, and put the triggers in by which writes will be held."""
    move, environment = course.move, course.environment
    faults = faults_of_choice(environment.organisation, move.target, "/to")
    if faults:
        raise CannotGoOn("; ".join(map(str, faults)))
    try:
        fences.install(move.source, owned_models(), named_models())
    except DatabaseError as error:
        if is_passing(error):
            raise
        close_broken()
        raise CannotGoOn(f"in {move.source}: {told(move.source, error).message}") from error
    _see_that_they_are_two(move.source, move.target)
    if fences.are_needed(move.target):  # it was moved from there before, and comes back
        fences.put(move.target, environment.pk, course.names, FenceState.OPEN)
    total = 0
    for table in tables_of(environment):
        course.hold.beat()
        if keys := rowcopy.taken(table, move.source, move.target):
            shown = ", ".join(map(str, keys))
            raise CannotGoOn(
                f"{move.target} holds other rows of {table.label} with the same numbers ({shown});"
                " move to a database that Vamp prepared"
            )
        total += table.rows(move.source).count()
    course.note(done=0, total=total)


def _see_that_they_are_two(source: str, target: str) -> None:
    """Refuse two names of one database: to clear the old one would be to lose everything."""
    probe = f"vamp.probe/{secrets.token_hex(8)}"
    NamedLock.objects.using(source).create(name=probe)
    try:
        if NamedLock.objects.using(target).filter(name=probe).exists():
            raise CannotGoOn(f"{source} and {target} are the same database under two names")
    finally:
        NamedLock.objects.using(source).filter(name=probe).delete()


def _mirror(course: Course) -> None:
    tenancy.mirror_into(course.environment, course.move.target)


def _number(course: Course) -> None:
    if not course.fact("is_numbered"):
        give_numbers(course.move.target)
        course.note(is_numbered=True)


def _copy(course: Course) -> None:
    """Copy everything, while it is in use; then what changed meanwhile, until that is little."""
    for number in range(MOST_PASSES):
        since_s, changed = time.monotonic(), _pass(course)
        took_ms = round((time.monotonic() - since_s) * 1000)
        course.note(pass_ms=took_ms, passes=number + 1)
        course.passing(f"pass {number}")
        if changed <= FEW_ROWS and number > 0:
            return


def _pass(course: Course) -> int:
    move, changed, seen = course.move, 0, 0

    def beat(rows: int) -> None:
        nonlocal seen
        seen += rows
        course.hold.beat()
        if seen % (rowcopy.BATCH * 10) < rows:
            course.note(done=min(seen, move.total))

    for table in tables_of(course.environment):
        changed += rowcopy.bring(table, move.source, move.target, beat).changed
    course.note(done=seen, total=max(seen, move.total))
    return changed


def _switch(course: Course) -> None:
    """Hold writes, copy the rest, prove it, switch. Writes are let go again whatever happens."""
    move, environment = course.move, course.environment
    if move.is_switched:  # and then it crashed
        return
    holds = course.fact("holds", 0) + 1
    if holds > MOST_HOLDS:
        raise CannotGoOn(
            f"it could not be brought to its end in {MOST_HOLDS} attempts: {move.error}"
        )
    course.note(holds=holds)
    since_s = time.monotonic()
    expected = timedelta(seconds=1 + 3 * course.fact("pass_ms", 1000) / 1000)
    try:
        fences.put(
            move.source, environment.pk, course.names, FenceState.HELD, timezone.now() + expected
        )
        course.passing("held")
        _copy_the_rest(course, until_s=since_s + MOST_HELD_S)
        _settle_positions(course)
        course.passing("proved")
        move.held_ms = round((time.monotonic() - since_s) * 1000)
        _say_where_it_lies(course)
    except BaseException:
        if not move.is_switched:
            _let_go(course)
        raise
    course.passing("switched")


def _let_go(course: Course) -> None:
    fences.put(course.move.source, course.environment.pk, course.names, FenceState.OPEN)


def _copy_the_rest(course: Course, *, until_s: float) -> None:
    move = course.move
    proofs: dict[str, tuple[int, str]] = {}

    def beat(rows: int) -> None:
        course.hold.beat()
        if time.monotonic() > until_s:
            raise NotYet(
                f"the last copy takes longer than the {MOST_HELD_S:.0f} s for which writes may be"
                " held; writes go on, and it is tried again"
            )

    tables = tables_of(course.environment)
    for table in tables:
        rowcopy.bring(table, move.source, move.target, beat)
    for table in tables:
        beat(0)
        here = rowcopy.proof(table, move.source)
        there = rowcopy.proof(table, move.target)
        if here != there:
            raise NotYet(
                f"{table.label} differs: {here.rows} rows here, {there.rows} there; it is copied anew"
            )
        proofs[table.label] = (here.rows, here.digest)
    rowcopy.check(tables, move.target)
    course.note(proofs=proofs, done=sum(rows for rows, _ in proofs.values()))


def _settle_positions(course: Course) -> None:
    """Let positions of events go on above those that the old database gave."""
    move, (organisation, environment) = course.move, course.names
    outbox.give_positions(move.source)
    after = outbox.newest_position(move.source, organisation, environment)
    outbox.emit_behind(
        after, events.MOVE_SWITCHED, using=move.target, organisation=organisation,
        environment=environment, payload=payload_of(move),
    )  # fmt: skip


def payload_of(move: StorageMove) -> dict[str, object]:
    """Return what events say of a move; stores are named without anything secret."""
    return {"environment_id": move.environment_id, "move": move.pk, "kind": move.kind}


def _say_where_it_lies(course: Course) -> None:
    move, environment = course.move, course.environment
    former = [*(each for each in environment.former_databases if each != move.source), move.source]
    with transaction.atomic(using=DEFAULT):
        course.hold.renew()  # no other process may have taken the move over
        rows = Environment.objects.using(DEFAULT).filter(pk=environment.pk, database=move.source)
        if not rows.update(database=move.target, former_databases=former):
            raise CannotGoOn(f"{environment} does not lie in {move.source} any more")
        environment.database, environment.former_databases = move.target, former
        move.is_switched = True
        move.save()
        audit.record(
            move.actor, "environment.moved", "environment", str(environment), using=DEFAULT,
            organisation=course.names[0], environment=course.names[1],
            before={"database": move.source},
            after={"database": move.target, "proofs": move.facts["proofs"]},
        )  # fmt: skip


def _settle(course: Course) -> None:
    """Refuse late writers where it was, and wait for those who still read there."""
    move = course.move
    fences.put(move.source, course.environment.pk, course.names, FenceState.MOVED)
    tenancy.mirror(course.environment)
    if "settled_at" not in move.facts:
        course.note(settled_at=time.time() + SETTLE_S)
    if time.time() < course.fact("settled_at"):
        raise NotYet("")


def _clear(course: Course) -> None:
    """Remove the old rows, once they are proved to be those that were copied."""
    move, environment = course.move, course.environment
    tables = tables_of(environment)
    if not course.fact("is_proved"):
        for table in tables:
            course.hold.beat()
            found = rowcopy.proof(table, move.source)
            kept = course.fact("proofs").get(table.label) or ()
            if (found.rows, found.digest) != tuple(kept):
                raise CannotGoOn(
                    f"{table.label} in {move.source} is not what was copied: somebody wrote there"
                    " past Vamp; the rows are left for you to look at"
                )
        course.note(is_proved=True)
        course.passing("proved")
    fences.put(move.source, environment.pk, course.names, FenceState.CLEARING)
    try:
        for table in reversed(tables):
            _remove(course, table, move.source)
    finally:
        fences.put(move.source, environment.pk, course.names, FenceState.MOVED)
    _remove_mirror(environment, move.source)


def _remove(course: Course, table: rowcopy.Table, database: str) -> None:
    while keys := list(table.rows(database).values_list("pk", flat=True)[:DELETE_BATCH]):
        course.hold.beat()
        rowcopy.remove(table.model, keys, database)
        course.passing(f"removed {table.label}")


def _remove_mirror(environment: Environment, database: str) -> None:
    if database != DEFAULT:
        rowcopy.remove(Environment, [environment.pk], database)


def _undo(course: Course) -> None:
    """Remove what was copied; the old database was the truth all along."""
    move, environment = course.move, course.environment
    try:
        _let_go(course)
    except DatabaseError as error:
        if not is_passing(error):
            raise
        raise NotYet(f"{move.source} does not answer") from error
    for table in reversed(tables_of(environment)):
        _remove(course, table, move.target)
    _remove_mirror(environment, move.target)


ROAD = Road(
    steps={
        "check": _check,
        "mirror": _mirror,
        "number": _number,
        "copy": _copy,
        "switch": _switch,
        "settle": _settle,
        "clear": _clear,
    },
    undo=_undo,
    switched_by="switch",
)
