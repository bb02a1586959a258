"""Moving an environment from store to store: begun, gone on with after a crash, cancelled, ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils import timezone

from tenants import events
from tenants.models import Environment, MoveState, StorageMove, StoreKind
from tenants.services.destinations import Destination, destination_of
from tenants.services.holding import Hold, Lost, held
from tenants.services.moving import database as database_road
from tenants.services.moving import events as events_road
from tenants.services.moving import kv as kv_road
from tenants.services.moving import metrics as metrics_road
from tenants.services.moving.step import CannotGoOn, Course, NotYet, Road
from vamp import audit, outbox
from vamp.contention import close_broken, is_passing
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Fault, NotFound, VampError
from vamp.ports.errors import PortError, PortUnavailable, RevisionConflict

log = logging.getLogger("tenants")

HELD_S = 15.0
"""A killed process's move is taken up by another after this; writes may be held for so long."""

ROADS: Mapping[str, Road] = {
    StoreKind.DATABASE: database_road.ROAD,
    StoreKind.KV: kv_road.ROAD,
    StoreKind.METRICS: metrics_road.ROAD,
    StoreKind.EVENTS: events_road.ROAD,
}


def begin(
    environment: Environment, kind: str, target: str, *, secret: str = "", actor: str
) -> StorageMove:
    """Begin to move one of an environment's stores; the sweep does the work.

    Args:
        environment: whose.
        kind: one of `StoreKind`.
        target: alias of a database, or URL of a store without a secret; empty for what the
            environment has by its organisation or the installation.
        secret: opens the store, where it has one that is not set yet; kept in the key-value store.
        actor: who does it, for the audit trail.

    Raises:
        Invalid: the target cannot be used; every fault is listed.
        Conflict: a move of this kind is under way, or the environment lies there already.
        PortError: the key-value store does not take the secret; nothing was changed.
    """
    found = destination_of(environment, kind, target)
    if found.faults:
        raise found.refusal()
    if move_under_way(environment, kind):
        raise _under_way(kind)
    found.keep(secret, actor=actor)
    move = StorageMove(
        environment=environment, kind=kind, source=found.source, target=found.target, actor=actor,
        step=next(iter(ROADS[kind].steps)), active=f"{environment.pk}/{kind}",
    )  # fmt: skip
    try:
        with transaction.atomic(using=DEFAULT):
            move.save(force_insert=True)
            tell(move, "move.started", events.MOVE_STARTED, actor)
    except IntegrityError:
        raise _under_way(kind) from None
    return move


def preview(environment: Environment, kind: str, target: str) -> Destination:
    """Return what a move would do and what stands against it. Asks no server; changes nothing."""
    return destination_of(environment, kind, target)


def cancel(move: StorageMove, *, actor: str) -> StorageMove:
    """Give a move up that is not switched yet; what was copied is removed by the sweep.

    Raises:
        Conflict: the environment is switched already, or the move is over.
    """
    with transaction.atomic(using=DEFAULT):
        rows = StorageMove.objects.using(DEFAULT).select_for_update().filter(pk=move.pk)
        move = rows.select_related("environment__organisation").get()
        if move.is_switched or not move.is_active:
            said = "it lies in the new store already" if move.is_switched else "the move is over"
            raise Conflict(faults=[Fault("", said, "move it back by another move")])
        if move.step != UNDO:
            move.step, move.facts = UNDO, {**move.facts, "end": MoveState.CANCELLED}
            move.save(update_fields=["step", "facts", "changed_at"])
            tell(move, "move.cancelled", events.MOVE_STARTED, actor)
    return move


def finish(move: StorageMove, *, actor: str) -> StorageMove:
    """Say that nobody uses the old store any more: it is cleared, and the move ends.

    Raises:
        Conflict: the move is not at that point.
    """
    with transaction.atomic(using=DEFAULT):
        rows = StorageMove.objects.using(DEFAULT).select_for_update().filter(pk=move.pk)
        move = rows.select_related("environment__organisation").get()
        if move.state != MoveState.FOLLOWING:
            raise Conflict(
                faults=[Fault("", f"the move is {move.state}", "wait until it is following")]
            )
        move.state, move.facts = MoveState.RUNNING, {**move.facts, "may_end": True}
        move.save(update_fields=["state", "facts", "changed_at"])
        tell(move, "move.finished", events.MOVE_STARTED, actor)
    return move


UNDO = "undo"


def run(move: StorageMove, *, passing: Callable[[str], None] = lambda point: None) -> StorageMove:
    """Go on with a move as far as it goes now. Idempotent; goes on where a crash ended it.

    Args:
        move: to go on with.
        passing: told each step, and each point within one; what it raises ends the run, as a crash.

    Returns:
        The row, read anew.
    """
    with held(f"tenants.move/{move.pk}", seconds=HELD_S) as hold:
        if hold is not None:
            _run(move.pk, hold, passing)
    return (
        StorageMove.objects.using(DEFAULT)
        .select_related("environment__organisation")
        .get(pk=move.pk)
    )


def due() -> Sequence[StorageMove]:
    """Return the moves that are under way or kept in step, oldest first. One query."""
    rows = StorageMove.objects.using(DEFAULT).select_related("environment__organisation")
    return list(rows.filter(active__isnull=False).order_by("pk"))


def _run(pk: int, hold: Hold, passing: Callable[[str], None]) -> None:
    rows = StorageMove.objects.using(DEFAULT).select_related("environment__organisation")
    move = rows.get(pk=pk)
    course = Course(move, move.environment, hold, passing)
    while move.is_active:
        step = move.step
        try:
            hold.renew()
            _step(course)
        except (NotYet, PortUnavailable, RevisionConflict) as waits:
            _wait(move, str(waits))
            return
        except Lost:
            log.warning("move.taken_over", extra={**move.environment.names, "move": move.pk})
            return
        except (CannotGoOn, VampError, PortError) as refusal:
            _give_up(course, str(refusal))
        except Exception as error:
            close_broken()
            if not is_passing(error):
                raise
            _wait(move, "a database does not answer or is busy; it is tried again")
            return
        passing(step)
        if move.state == MoveState.FOLLOWING:
            return


def _step(course: Course) -> None:
    move, road = course.move, ROADS[course.move.kind]
    if move.step == UNDO:
        # Before the check nothing was written, and it may be the very store that is in use.
        if course.fact("is_checked"):
            road.undo(course)
        _end(move, MoveState(course.fact("end", MoveState.FAILED)), course.fact("why", ""))
        return
    if move.state == MoveState.FOLLOWING:
        road.keep(course)
        with _as_it_is_now(move):
            if course.fact("may_end"):
                move.state = MoveState.RUNNING
        return
    begun = move.step
    road.steps[begun](course)
    left = road.names_from(begun)[1:]
    if not left:
        _end(move, MoveState.DONE, "")
        return
    with _as_it_is_now(move):
        move.facts = {**move.facts, "is_checked": True}
        if move.step != begun:
            return  # somebody has given it up meanwhile
        move.step = left[0]
        is_followed = move.step == road.follows_from and not course.fact("may_end")
        move.state = MoveState.FOLLOWING if is_followed else MoveState.RUNNING


@contextmanager
def _as_it_is_now(move: StorageMove) -> Iterator[None]:
    """Read what people may have said of the move while a step went on, and save it with the block.

    A step may take minutes: what it would write from memory could take back that somebody finished
    the move or gave it up.
    """
    with transaction.atomic(using=DEFAULT):
        rows = StorageMove.objects.using(DEFAULT).select_for_update()
        move.refresh_from_db(fields=["state", "step", "facts"], from_queryset=rows)
        yield
        move.error = ""
        move.save()


def _wait(move: StorageMove, why: str) -> None:
    # What an aborted step set in memory alone must not be saved: only why it waits.
    StorageMove.objects.using(DEFAULT).filter(pk=move.pk).update(
        error=why, changed_at=timezone.now()
    )


def _give_up(course: Course, why: str) -> None:
    move = course.move
    move.refresh_from_db(fields=["is_switched", "step", "facts"])
    if move.is_switched or move.step == UNDO:
        _end(move, MoveState.FAILED, why)
        return
    move.step, move.facts = UNDO, {**move.facts, "end": MoveState.FAILED, "why": why}
    move.error = why
    move.save()


def _end(move: StorageMove, state: MoveState, error: str) -> None:
    move.end(state, timezone.now(), error)
    with transaction.atomic(using=DEFAULT):
        move.save()
        tell(move, f"move.{state}", events.MOVE_ENDED, "vamp:storage")


def move_under_way(environment: Environment, kind: str) -> StorageMove | None:
    """Return the move of this kind that is under way, or kept in step. One query."""
    return StorageMove.objects.using(DEFAULT).filter(active=f"{environment.pk}/{kind}").first()


def move_of(environment: Environment, pk: int) -> StorageMove:
    """Return one of an environment's moves. One query.

    Raises:
        NotFound: it has none of that number.
    """
    rows = StorageMove.objects.using(DEFAULT).select_related("environment__organisation")
    found = rows.filter(environment=environment, pk=pk).first()
    if found is None:
        raise NotFound(f"There is no move {pk} of {environment}.")
    return found


def _under_way(kind: str) -> Conflict:
    label = StoreKind(kind).label
    hint = "wait for its end, finish it, or cancel it"
    return Conflict(faults=[Fault("", f"the {label} is being moved already", hint)])


def tell(move: StorageMove, verb: str, event: str, actor: str) -> None:
    """Record what became of a move, in the caller's transaction on the default database."""
    environment = move.environment
    audit.record(
        actor, verb, "move", f"{environment}/{move.kind}", using=DEFAULT,
        organisation=environment.organisation.name, environment=environment.name,
        after={
            "from": move.source, "to": move.target, "state": move.state, "error": move.error,
        },
    )  # fmt: skip
    outbox.emit(
        event, using=DEFAULT, organisation=environment.organisation.name,
        environment=environment.name, payload={**database_road.payload_of(move), "state": move.state},
    )  # fmt: skip
