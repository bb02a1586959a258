"""What Prometheus is told of releases, read from the rows when it asks."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from policies.selectors import releases_in
from tenants.selectors import active_environments
from vamp.contention import held_apart
from vamp.databases import let_go_of_connections


class ActiveReleases(Collector):
    """Releases that are under way, by environment."""

    def describe(self) -> Iterable[Metric]:
        """Return the metric without a value, so that registering it asks no database."""
        return [_active()]

    def collect(self) -> Iterable[Metric]:
        """Count. One query an environment."""
        found = _active()
        try:
            for environment in active_environments():
                with held_apart("releases.not_counted", **environment.names):
                    place = [environment.organisation.name, environment.name]
                    found.add_metric(place, releases_in(environment).active().count())
        finally:
            let_go_of_connections()  # this thread belongs to the request
        return [found]


def _active() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "vamp_release_active",
        "Releases under way.",
        labels=["organisation", "environment"],
    )
