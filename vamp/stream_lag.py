"""What Prometheus is told of the way from commit to consumer, read from the rows when it asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Count, Q
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vamp import streams
from vamp.audit.archiving import CURSOR as ARCHIVE_CURSOR
from vamp.contention import held_apart
from vamp.databases import aliases, let_go_of_connections
from vamp.lanes import RELAY_CONSUMER, lanes_at
from vamp.models import DeadLetter, OutboxEvent, StreamCursor
from vamp.models.outbox import about
from vamp.processes.consumer import consumers
from vamp.streams import Scope


class StreamLag(Collector):
    """Events that wait, and letters that are dead, by database and consumer.

    Counted is what concerns a consumer, and what a lane of the relay takes: a cursor does not follow
    at once what is passed over. Consumers that keep their place on a server have no cursor here;
    their driver counts for them.
    """

    def describe(self) -> Iterable[Metric]:
        """Return the metrics without values, so that registering them asks no database."""
        return [_waiting(), _behind(), _dead()]

    def collect(self) -> Iterable[Metric]:
        """Count. Two queries, and in each database three, and one for each consumer and lane."""
        waiting, behind, dead = _waiting(), _behind(), _dead()
        try:
            scopes = streams.scopes()
            for database in aliases():
                # One that is away must not hide how the others are.
                with held_apart("lag.not_counted", database=database):
                    events = OutboxEvent.objects.using(database)
                    waiting.add_metric([database], events.filter(position=None).count())
                    for cursor, theirs in _cursors(database, scopes):
                        later = events.filter(theirs, position__gt=cursor.position).count()
                        behind.add_metric([database, cursor.consumer], later - len(cursor.done))
                    letters = DeadLetter.objects.using(database).order_by().values("consumer")
                    for row in letters.annotate(letters=Count("pk")):
                        dead.add_metric([database, row["consumer"]], row["letters"])
        finally:
            let_go_of_connections()  # this thread belongs to the request
        return [waiting, behind, dead]


def _cursors(database: str, scopes: Sequence[Scope]) -> Iterator[tuple[StreamCursor, Q]]:
    """Give each cursor with the condition of its events; none that nobody moves any more.

    Nor those of the audit archive, whose positions are those of entries and not of events.
    """
    rows = StreamCursor.objects.using(database).exclude(consumer__startswith=ARCHIVE_CURSOR)
    cursors = list(rows)
    lanes = lanes_at([cursor.consumer for cursor in cursors], scopes)
    conditions = {lane.cursor: lane.condition for lane in lanes}
    conditions |= {consumer.name: about(consumer.concerns) for consumer in consumers()}
    for cursor in cursors:
        if cursor.consumer in conditions or not cursor.consumer.startswith(RELAY_CONSUMER):
            yield cursor, conditions.get(cursor.consumer, Q())


def _waiting() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "vamp_events_unrelayed", "Committed events without a position.", labels=["database"]
    )


def _behind() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "vamp_events_behind",
        "Events that a consumer has not done yet; vamp.relay is the relay itself.",
        labels=["database", "consumer"],
    )


def _dead() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "vamp_events_dead_letters", "Messages put aside.", labels=["database", "consumer"]
    )
