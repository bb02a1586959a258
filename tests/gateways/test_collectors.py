from __future__ import annotations

from gateways.collectors import StaleGateways
from tests.factories import gateway_with


def values(collector):
    (metric,) = collector.collect()
    return {tuple(sample.labels.values()): sample.value for sample in metric.samples}


def test_stale_gateways__of_every_environment__are_counted(environment, other_environment):
    gateway_with(environment, {"1.0.0": 10_000})
    gateway_with(environment, {"1.0.0": 10_000}, name="done", generation=3, published_generation=3)

    assert values(StaleGateways()) == {
        ("acme", "production"): 1.0,
        ("globex", "production"): 0.0,
    }


def test_stale_gateways__registered__asks_no_database():
    (metric,) = StaleGateways().describe()  # a query would fail: this test has no database

    assert (metric.name, metric.samples) == ("vamp_publication_stale_gateways", [])
