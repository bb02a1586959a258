"""The embedded event stream: the outbox table of one database, with a cursor for each consumer."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from vamp.doorbell import Doorbell, Listener
from vamp.drivers.clock.system import SystemClock
from vamp.drivers.database import port_errors
from vamp.drivers.database_check import check_rows
from vamp.drivers.events.progress import Handed, Progress
from vamp.models.outbox import OutboxEvent, StreamCursor, about
from vamp.ports.checks import Checked
from vamp.ports.clock import Clock
from vamp.ports.errors import PortRefused
from vamp.ports.events import Message

VISIBILITY_S = 30.0
"""A message that was handed out and is not done after this is handed out again."""

AHEAD = 1_000
"""A consumer gets no new message while so many are open or done beyond the oldest open one."""

PASSED_OVER = 500
"""A consumer's cursor moves past events that do not concern it once there are so many."""

_LOOK_AGAIN_S = 1.0
_PURGE_BATCH = 2_000


class DatabaseStream:
    """Implements `vamp.ports.events.EventStream`. Safe between threads and processes.

    Several processes may fetch as the same consumer: each message goes to one of them.

    Args:
        database: alias of the database whose outbox is the stream.
        doorbell: rung when messages were published; `fetch` listens. It is looked once a second
            as well.
        clock: for when to hand out again.
        visibility_s: see `VISIBILITY_S`.
    """

    def __init__(
        self,
        database: str,
        doorbell: Doorbell,
        *,
        clock: Clock | None = None,
        visibility_s: float = VISIBILITY_S,
    ) -> None:
        self._database = database
        self._doorbell = doorbell
        self._clock = clock or SystemClock()
        self._visibility_ms = round(visibility_s * 1000)
        self._concerns: dict[str, Q] = {}

    def publish(self, messages: Sequence[Message]) -> None:
        """See the port. The rows are there mostly, with their positions: then one statement.

        Raises:
            PortRefused: a message is another database's, or its position is taken.
        """
        by_id = {self._row_id(message): message for message in messages}
        with port_errors("event stream"):
            stored = self._stored(by_id)
            if any(stored.get(row_id) is None for row_id in by_id):
                self._store(by_id)
        self._doorbell.ring()

    def fetch(
        self, consumer: str, *, limit: int, timeout_s: float, only: Collection[str] = ()
    ) -> Sequence[Message]:
        """See the port. Cost: 3 or 4 statements where there is nothing, a short transaction else."""
        until = time.monotonic() + timeout_s
        wanted = _Wanted(consumer, limit, only)
        self._concerns[consumer] = wanted.condition
        with port_errors("event stream"):
            StreamCursor.objects.using(self._database).get_or_create(consumer=consumer)
            if found := self._hand_out(wanted):
                return found
            if timeout_s <= 0:
                return []
            with self._doorbell.listen() as bell:
                return self._wait_for(wanted, until, bell)

    def acknowledge(self, consumer: str, messages: Sequence[Message]) -> None:
        """See the port. Cost: one short transaction."""
        with port_errors("event stream"), self._progress(consumer) as place:
            self._finish(place, consumer, [message.position for message in messages])

    def reject(self, consumer: str, message: Message, *, error: str) -> None:
        """See the port. The row stays in the outbox; nothing else is kept here."""
        self.acknowledge(consumer, [message])

    def replay(self, *, after: int, subject: str, limit: int) -> Sequence[Message]:
        """See the port. Cost: one statement, on an index where the organisation is named."""
        with port_errors("event stream"):
            rows = _narrowed(self._events().filter(position__gt=after), subject)
            return [self._message(row) for row in rows.order_by("position")[:limit]]

    def purge(self, subject: str) -> int:
        """See the port. Cost: a short transaction for every 2,000 events.

        The database's newest event stays until its time, whoever's it is: positions are counted
        from it, and one given twice would be missed by those who have passed it.
        """
        pruned = 0
        with port_errors("event stream"):
            gone = _narrowed(self._events(), subject)
            while True:
                newest = self._newest()
                old = Q(position=None) | Q(position__lt=newest)
                ids = list(gone.filter(old).order_by().values_list("pk", flat=True)[:_PURGE_BATCH])
                if not ids:
                    return pruned
                pruned += self._events().filter(pk__in=ids).delete()[0]

    def check(self, organisation: str) -> Checked:
        """See the port: the stream is as well as its database."""
        return check_rows(self._database, OutboxEvent)

    def prepare(self, organisation: str) -> None:
        """See the port. Its table comes with the database's migrations."""

    def _stored(self, by_id: Collection[int]) -> dict[int, int | None]:
        rows = self._events().filter(id__in=list(by_id))
        return dict(rows.values_list("id", "position"))

    def _store(self, by_id: Mapping[int, Message]) -> None:
        with transaction.atomic(using=self._database):
            stored = self._stored(by_id)
            for row_id, message in by_id.items():
                if row_id in stored and stored[row_id] is None:
                    self._events().filter(id=row_id).update(position=message.position)
            missing = [
                _row(row_id, message) for row_id, message in by_id.items() if row_id not in stored
            ]
            self._events().bulk_create(missing)

    def _wait_for(self, wanted: _Wanted, until: float, bell: Listener) -> Sequence[Message]:
        while True:
            if found := self._hand_out(wanted):
                return found
            left_s = until - time.monotonic()
            if left_s <= 0:
                return []
            bell.wait(min(left_s, _LOOK_AGAIN_S))

    def _hand_out(self, wanted: _Wanted) -> list[Message]:
        newest = self._newest() if wanted.only else 0
        cursor = StreamCursor.objects.using(self._database).get(consumer=wanted.consumer)
        # Looked at without a lock first: waiting for nothing must not keep writers out.
        if not self._waiting(_progress(cursor), wanted).exists():
            if newest - cursor.position > PASSED_OVER:
                with self._progress(wanted.consumer) as place:
                    place.progress = place.progress.passing(newest)
            return []
        again_ms = self._now_ms() + self._visibility_ms
        with self._progress(wanted.consumer) as place:
            waiting = self._waiting(place.progress, wanted)[: wanted.limit]
            rows = {row.position or 0: row for row in waiting}
            before = place.progress.in_flight
            place.progress = place.progress.handing_out(
                list(rows), visible_again_ms=again_ms, ahead=AHEAD
            )
            handed = place.progress.in_flight
        return [
            replace(self._message(row), deliveries=handed[position].deliveries)
            for position, row in rows.items()
            if position in handed and handed[position] != before.get(position)
        ]

    def _newest(self) -> int:
        return self._events().aggregate(newest=Max("position"))["newest"] or 0

    def _waiting(self, progress: Progress, wanted: _Wanted) -> QuerySet[OutboxEvent]:
        held_back = sorted(progress.held_back(self._now_ms()))
        rows = self._events().filter(wanted.condition, position__gt=progress.position)
        return rows.exclude(position__in=held_back).order_by("position")

    @contextmanager
    def _progress(self, consumer: str) -> Iterator[_Place]:
        with transaction.atomic(using=self._database):
            cursors = StreamCursor.objects.using(self._database).select_for_update()
            cursor, _ = cursors.get_or_create(consumer=consumer)
            place = _Place(_progress(cursor))
            yield place
            if place.progress != _progress(cursor):
                _store(cursor, place.progress)

    def _finish(self, place: _Place, consumer: str, positions: Sequence[int]) -> None:
        progress = place.progress.finishing(positions)
        concerns = self._concerns.get(consumer, Q())
        rows = self._events().filter(concerns, position__gt=progress.position)
        still_open = rows.exclude(position__in=sorted(progress.done)).order_by("position")
        place.progress = progress.compacted(still_open.values_list("position", flat=True).first())

    def _events(self) -> QuerySet[OutboxEvent]:
        return OutboxEvent.objects.using(self._database)

    def _now_ms(self) -> int:
        return round(self._clock.now().timestamp() * 1000)

    def _row_id(self, message: Message) -> int:
        database, _, row_id = message.id.rpartition(":")
        if database != self._database or not row_id.isascii() or not row_id.isdigit():
            raise PortRefused(
                f"the message {message.id!r} is none of the database {self._database}"
            )
        return int(row_id)

    def _message(self, row: OutboxEvent) -> Message:
        return Message(
            id=f"{self._database}:{row.pk}",
            subject=row.subject,
            payload=row.payload,
            position=row.position or 0,
            emitted_at=row.emitted_at,
        )


class _Wanted:
    """What a fetch asks for."""

    def __init__(self, consumer: str, limit: int, only: Collection[str]) -> None:
        self.consumer = consumer
        self.limit = limit
        self.only = only
        self.condition = about(only)


class _Place:
    """A consumer's progress while its row is locked."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress


def _progress(cursor: StreamCursor) -> Progress:
    in_flight: Mapping[int, Handed] = {
        place: Handed(until_ms, deliveries) for place, until_ms, deliveries in cursor.in_flight
    }
    return Progress(cursor.position, frozenset(cursor.done), in_flight)


def _store(cursor: StreamCursor, progress: Progress) -> None:
    cursor.position = progress.position
    cursor.done = sorted(progress.done)
    cursor.in_flight = [
        [place, handed.until_ms, handed.deliveries]
        for place, handed in sorted(progress.in_flight.items())
    ]
    cursor.save(update_fields=["position", "done", "in_flight", "changed_at"])


def _row(row_id: int, message: Message) -> OutboxEvent:
    organisation, environment = _scope(message.subject)
    return OutboxEvent(
        id=row_id,
        position=message.position,
        subject=message.subject,
        organisation=organisation,
        environment=environment,
        payload=dict(message.payload),
        emitted_at=message.emitted_at,
    )


def _scope(subject: str) -> tuple[str, str]:
    """Return organisation and environment of ``vamp.<organisation>.<environment>.…``."""
    words = [*subject.split(".", 3), "", "", ""]
    return words[1], "" if words[2] == "_" else words[2]


def _narrowed(rows: QuerySet[OutboxEvent], subject: str) -> QuerySet[OutboxEvent]:
    if not subject.endswith(">"):
        return rows.filter(subject=subject)
    prefix = subject.removesuffix(">")
    if not prefix:
        return rows
    words = prefix.split(".")
    if len(words) > 2:
        rows = rows.filter(organisation=words[1])
    # A range, for LIKE would take upper and lower case for the same on SQLite.
    return rows.filter(subject__gte=prefix, subject__lt=prefix[:-1] + chr(ord(prefix[-1]) + 1))
