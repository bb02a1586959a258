"""What Prometheus is told of the way from commit to consumer, read from the rows when it asks."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vamp.databases import aliases, let_go_of_connections
from vamp.models import DeadLetter, OutboxEvent, StreamCursor


class StreamLag(Collector):
    """Events that wait, and letters that are dead, by database and consumer.

    Consumers that keep their place on a server have no cursor here; their driver counts for them.
    """

    def describe(self) -> Iterable[Metric]:
        """Return the metrics without values, so that registering them asks no database."""
        return [_waiting(), _behind(), _dead()]

    def collect(self) -> Iterable[Metric]:
        """Count. Three queries a database, and one a consumer."""
        waiting, behind, dead = _waiting(), _behind(), _dead()
        try:
            for database in aliases():
                events = OutboxEvent.objects.using(database)
                waiting.add_metric([database], events.filter(position=None).count())
                for cursor in StreamCursor.objects.using(database):
                    later = events.filter(position__gt=cursor.position).count()
                    behind.add_metric([database, cursor.consumer], later - len(cursor.done))
                letters = DeadLetter.objects.using(database).order_by().values("consumer")
                for row in letters.annotate(letters=Count("pk")):
                    dead.add_metric([database, row["consumer"]], row["letters"])
        finally:
            let_go_of_connections()  # this thread belongs to the request
        return [waiting, behind, dead]


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
