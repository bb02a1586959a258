"""What Prometheus is told of publication, read from the rows when it asks."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateways.models import Gateway
from tenants.selectors import active_environments
from vamp.contention import held_apart
from vamp.databases import let_go_of_connections


class StaleGateways(Collector):
    """Gateways whose part is older than their definition, by environment."""

    def describe(self) -> Iterable[Metric]:
        """Return the metric without a value, so that registering it asks no database."""
        return [_stale()]

    def collect(self) -> Iterable[Metric]:
        """Count. One query an environment."""
        found = _stale()
        try:
            for environment in active_environments():
                with held_apart("staleness.not_counted", **environment.names):
                    rows = Gateway.objects.in_environment(environment).stale()
                    place = [environment.organisation.name, environment.name]
                    found.add_metric(place, rows.count())
        finally:
            let_go_of_connections()  # this thread belongs to the request
        return [found]


def _stale() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "vamp_publication_stale_gateways",
        "Gateways that await publication.",
        labels=["organisation", "environment"],
    )
