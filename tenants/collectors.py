"""What Prometheus is told of tenants, read from the rows when it asks."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tenants.models import EventsKeyEnd
from vamp.contention import held_apart
from vamp.databases import DEFAULT, let_go_of_connections


class WaitingKeyEnds(Collector):
    """Users of the event stream that should be revoked and are not yet, by environment."""

    def describe(self) -> Iterable[Metric]:
        """Return the metric without a value, so that registering it asks no database."""
        return [_waiting()]

    def collect(self) -> Iterable[Metric]:
        """Count. One query."""
        found = _waiting()
        try:
            with held_apart("events_keys.not_counted"):
                due = EventsKeyEnd.objects.using(DEFAULT).filter(due_at__lte=timezone.now())
                places = due.order_by().values_list("organisation", "environment")
                for organisation, environment, count in places.annotate(count=Count("pk")):
                    found.add_metric([organisation, environment], count)
        finally:
            let_go_of_connections()  # this thread belongs to the request
        return [found]


def _waiting() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "vamp_events_keys_to_end",
        "Users of the event stream that agents no longer should have, and still do.",
        labels=["organisation", "environment"],
    )
