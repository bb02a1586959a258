"""The outbox: an event is saved with the change it speaks of, and reaches the stream afterwards.

A service calls `emit` inside its transaction. Once that commits, a doorbell wakes the relay, which
gives each committed row its position and hands it to the event stream. Nothing is lost between
commit and publication, and nothing is published that did not commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.models import F, Max
from django.utils import timezone

from vamp import log_context
from vamp.bells import committed, positioned
from vamp.lanes import RELAY_CONSUMER, Lane
from vamp.models.outbox import OutboxEvent, StreamCursor
from vamp.ports.events import EventStream, Message

ORGANISATION_WIDE = "_"
"""Stands for the environment in the subject of an organisation's own event."""

RELAY_BATCH = 500

EVERYTHING = Lane()

# No name in it is one that a database would want quoted.
_INSERT = (
    f"INSERT INTO {OutboxEvent._meta.db_table}"  # noqa: S608 nothing but the model's own name
    " (subject, organisation, environment, payload, emitted_at) VALUES (%s, %s, %s, %s, %s)"
)
_NEW = (
    f"SELECT * FROM {OutboxEvent._meta.db_table}"  # noqa: S608 likewise
    " WHERE position IS NULL ORDER BY id LIMIT %s"
)


def subject(organisation: str, environment: str, what: str) -> str:
    """Return ``vamp.<organisation>.<environment or _>.<what>``."""
    return f"vamp.{organisation}.{environment or ORGANISATION_WIDE}.{what}"


def emit(
    what: str,
    *,
    using: str,
    organisation: str,
    environment: str = "",
    payload: Mapping[str, Any],
) -> None:
    """Save an event in the caller's transaction and ring the relay once it commits.

    Args:
        what: ``<app>.<thing>.<past participle>``.
        using: the database of the rows that changed; must be in a transaction.
        organisation: name of the organisation.
        environment: name of the environment, empty for the organisation's own.
        payload: ids and facts, JSON; no truth to act on and no secrets. Which request caused the
            event is added under ``origin``, so that what follows from it can be told in logs.

    Raises:
        RuntimeError: called outside a transaction, where a crash could lose the event.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise RuntimeError(f"{what} emitted outside a transaction on {using}")
    origin = log_context.origin_of_event()
    content = dict(payload) | ({log_context.ORIGIN: origin} if origin else {})
    # Not through a model: to make the statement anew each time would cost more than to execute it.
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            (
                subject(organisation, environment, what),
                organisation,
                environment,
                connection.ops.adapt_json_value(content, None),
                connection.ops.adapt_datetimefield_value(timezone.now()),
            ),
        )
    if not any(each[1] is _ring for each in connection.run_on_commit):  # once a transaction
        transaction.on_commit(_ring, using=using)


def _ring() -> None:
    committed().ring()


def relay(
    database: str,
    stream: EventStream,
    on_batch: Callable[[int], None] = lambda count: None,
    lane: Lane = EVERYTHING,
    on_new: Callable[[Sequence[OutboxEvent]], None] = lambda rows: None,
) -> int:
    """Hand every committed event of `database` to `stream`, in the order of their positions.

    One process at a time does this for a database (see `vamp.leases`); where two believe that they
    may, each event still gets one position, and is handed over once more at most. Cost: three
    statements where there is nothing to do, seven for a batch.

    Args:
        database: alias of the database.
        stream: where to.
        on_batch: told after each batch how many events it held.
        lane: which of the events.
        on_new: told of the lane's events that have no position yet, before anything else is done.

    Returns:
        How many events were handed over.

    Raises:
        PortUnavailable: the stream does not answer; the events keep their positions and are
            handed over by the next call.
    """
    total = 0
    while True:
        batch = _next_batch(database, lane, on_new)
        if batch.rows:
            stream.publish([message_of(database, row) for row in batch.rows])
            positioned().ring()
        if batch.rows or batch.passed_over >= RELAY_BATCH:
            _move_cursor(database, lane, batch.until)
        on_batch(len(batch.rows))
        total += len(batch.rows)
        if batch.is_last:  # what was committed meanwhile has rung
            return total


def give_positions(database: str) -> None:
    """Give every committed event of `database` its position, and hand none over.

    For whoever must know that no event of theirs gets one later; the relay goes on as ever.
    """
    while new := list(OutboxEvent.objects.using(database).raw(_NEW, [RELAY_BATCH])):
        _give_positions(database, EVERYTHING, new)


def newest_position(database: str, organisation: str, environment: str) -> int:
    """Return the highest position of an environment's events in `database`; 0 without any."""
    rows = OutboxEvent.objects.using(database)
    rows = rows.filter(organisation=organisation, environment=environment)
    return rows.aggregate(newest=Max("position"))["newest"] or 0


def emit_behind(
    after: int,
    what: str,
    *,
    using: str,
    organisation: str,
    environment: str,
    payload: Mapping[str, Any],
) -> int:
    """Save an event whose position is above `after`, as all will be that come later.

    So that the positions of an environment's events go on counting up where they change their
    database. Takes its turn at the relays' cursors, as the relay itself does.

    Returns:
        The position.
    """
    events = OutboxEvent.objects.using(using)
    cursors = StreamCursor.objects.using(using)
    with transaction.atomic(using=using):
        places = cursors.select_for_update().filter(consumer__startswith=RELAY_CONSUMER)
        newest = events.aggregate(newest=Max("position"))["newest"] or 0
        position = max(after, newest, *places.values_list("position", flat=True), 0) + 1
        events.create(
            position=position,
            subject=subject(organisation, environment, what),
            organisation=organisation,
            environment=environment,
            payload=dict(payload),
            emitted_at=timezone.now(),
        )
        transaction.on_commit(_ring, using=using)
    return position


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events of a lane that are next.

    Attributes:
        rows: in order.
        until: the lane has nothing else at or before this position.
        passed_over: so many positions were counted since the cursor, most of them other lanes'.
        is_last: there were no more.
    """

    rows: Sequence[OutboxEvent]
    until: int
    passed_over: int
    is_last: bool


def what_of(subject: str) -> str:
    """Return the name of the event that `subject` is about: ``<app>.<thing>.<past participle>``."""
    return subject.split(".", 3)[-1]


def message_of(database: str, row: OutboxEvent) -> Message:
    """Return the stream's form of an outbox row that has its position."""
    return Message(
        id=f"{database}:{row.pk}",
        subject=row.subject,
        payload=row.payload,
        position=row.position or 0,
        emitted_at=row.emitted_at,
    )


def _next_batch(
    database: str, lane: Lane, on_new: Callable[[Sequence[OutboxEvent]], None]
) -> _Batch:
    events = OutboxEvent.objects.using(database)
    # Read without a lock: where nothing is new, nobody is kept out.
    new = list(events.raw(_NEW, [RELAY_BATCH]))  # by hand: each change waits for it
    are_more_new = len(new) == RELAY_BATCH
    if new:
        on_new([row for row in new if lane.takes(row)])
        given = _give_positions(database, lane, new)
        if given is not None:
            return given
    newest = events.aggregate(newest=Max("position"))["newest"] or 0
    cursor = _cursor(database, lane)
    waiting = events.filter(lane.condition, position__gt=cursor).order_by("position")
    rows = list(waiting[:RELAY_BATCH])
    are_all = len(rows) < RELAY_BATCH
    until = max(newest, cursor) if are_all else rows[-1].position or cursor
    return _Batch(rows, until, until - cursor, is_last=are_all and not are_more_new)


def _give_positions(database: str, lane: Lane, new: Sequence[OutboxEvent]) -> _Batch | None:
    """Give the committed events `new`, in order of their ids, their positions.

    Returns:
        What of them is the lane's; None where the rows have to be read: older events of the lane
        may wait, or another relay gave some of these their positions meanwhile.
    """
    events = OutboxEvent.objects.using(database)
    cursors = StreamCursor.objects.using(database)
    with transaction.atomic(using=database):
        # Relays take turns at their cursors, not at the events: to lock those would be to wait for
        # every transaction that has emitted one and is not through yet.
        places = dict(
            cursors.select_for_update()
            .filter(consumer__startswith=RELAY_CONSUMER)
            .values_list("consumer", "position")
        )
        if lane.cursor not in places:
            cursors.get_or_create(consumer=lane.cursor)
        # Also past every cursor: all events that had a position may be pruned by now.
        newest = events.aggregate(newest=Max("position"))["newest"] or 0
        last = max(newest, *places.values(), 0)
        # One statement for them all: positions may have gaps, as ids do.
        ahead = last + 1 - new[0].pk
        mine = events.filter(pk__in=[row.pk for row in new], position=None)
        given = mine.update(position=F("id") + ahead)
    for row in new:
        row.position = row.pk + ahead
    cursor = places.get(lane.cursor, 0)
    if cursor < last or given < len(new):
        return None
    until = new[-1].pk + ahead
    rows = [row for row in new if lane.takes(row)]
    return _Batch(rows, until, until - cursor, is_last=len(new) < RELAY_BATCH)


def _move_cursor(database: str, lane: Lane, position: int) -> None:
    """Move on, never back: a relay that lost its lease midway may come last."""
    cursors = StreamCursor.objects.using(database)
    mine = cursors.filter(consumer=lane.cursor)
    moved = mine.filter(position__lt=position).update(position=position, changed_at=timezone.now())
    if not moved:
        cursors.get_or_create(consumer=lane.cursor, defaults={"position": position})


def _cursor(database: str, lane: Lane) -> int:
    cursor = StreamCursor.objects.using(database).filter(consumer=lane.cursor).first()
    return cursor.position if cursor else 0
