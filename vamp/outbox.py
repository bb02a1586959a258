"""The outbox: an event is saved with the change it speaks of, and reaches the stream afterwards.

A service calls `emit` inside its transaction. Once that commits, a doorbell wakes the relay, which
gives each committed row its position and hands it to the event stream. Nothing is lost between
commit and publication, and nothing is published that did not commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.models import Max
from django.utils import timezone

from vamp.doorbell import Doorbell
from vamp.models.outbox import OutboxEvent, StreamCursor
from vamp.ports.events import EventStream, Message

ORGANISATION_WIDE = "_"
"""Stands for the environment in the subject of an organisation's own event."""

RELAY_BATCH = 500
RELAY_CONSUMER = "vamp.relay"


def committed() -> Doorbell:
    """Return the bell that rings when events were committed; the relay listens."""
    return Doorbell(settings.STATE_DIR / "doorbells" / "committed")


def positioned() -> Doorbell:
    """Return the bell that rings when events have reached the stream; consumers and SSE listen."""
    return Doorbell(settings.STATE_DIR / "doorbells" / "positioned")


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
        payload: ids and facts, JSON; no truth to act on and no secrets.

    Raises:
        RuntimeError: called outside a transaction, where a crash could lose the event.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise RuntimeError(f"{what} emitted outside a transaction on {using}")
    OutboxEvent.objects.using(using).create(
        subject=subject(organisation, environment, what),
        organisation=organisation,
        environment=environment,
        payload=dict(payload),
        emitted_at=timezone.now(),
    )
    transaction.on_commit(committed().ring, using=using)


def relay(database: str, stream: EventStream) -> int:
    """Hand every committed event of `database` to `stream`, in the order of their positions.

    One process at a time does this for a database (see `vamp.leases`); where two believe that they
    may, each event still gets one position, and is handed over at most once more. Cost: two
    statements where there is nothing to do.

    Returns:
        How many events were handed over.

    Raises:
        PortUnavailable: the stream does not answer; the events keep their positions and are
            handed over by the next call.
    """
    total = 0
    while True:
        _give_positions(database)
        cursor = _cursor(database)
        rows = list(
            OutboxEvent.objects.using(database)
            .filter(position__gt=cursor)
            .order_by("position")[:RELAY_BATCH]
        )
        if not rows:
            return total
        stream.publish([message_of(database, row) for row in rows])
        _move_cursor(database, rows[-1].position or cursor)
        positioned().ring()
        total += len(rows)


def message_of(database: str, row: OutboxEvent) -> Message:
    """Return the stream's form of an outbox row that has its position."""
    return Message(
        id=f"{database}:{row.pk}",
        subject=row.subject,
        payload=row.payload,
        position=row.position or 0,
        emitted_at=row.emitted_at,
    )


def _give_positions(database: str) -> None:
    events = OutboxEvent.objects.using(database)
    if not events.filter(position=None).exists():
        return
    cursors = StreamCursor.objects.using(database)
    with transaction.atomic(using=database):
        # The cursor's row is what relays take turns at, not the events: to lock those would be to
        # wait for every transaction that has emitted one and is not through yet.
        cursor, _ = cursors.select_for_update().get_or_create(consumer=RELAY_CONSUMER)
        waiting: Sequence[OutboxEvent] = list(events.filter(position=None).order_by("id"))
        # Also past the relay's own cursor: every event that had a position may be pruned by now.
        last = max(events.aggregate(last=Max("position"))["last"] or 0, cursor.position)
        for offset, row in enumerate(waiting, start=1):
            row.position = last + offset
        events.bulk_update(waiting, ["position"], batch_size=RELAY_BATCH)


def _move_cursor(database: str, position: int) -> None:
    """Move on, never back: a relay that lost its lease midway may come last."""
    cursors = StreamCursor.objects.using(database)
    behind = cursors.filter(consumer=RELAY_CONSUMER, position__lt=position)
    if not behind.update(position=position, changed_at=timezone.now()):
        cursors.get_or_create(consumer=RELAY_CONSUMER, defaults={"position": position})


def _cursor(database: str) -> int:
    cursor = StreamCursor.objects.using(database).filter(consumer=RELAY_CONSUMER).first()
    return cursor.position if cursor else 0
