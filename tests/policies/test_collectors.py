from __future__ import annotations

from policies.collectors import ActiveReleases
from tests.factories import ReleaseFactory


def values(collector):
    (metric,) = collector.collect()
    return {tuple(sample.labels.values()): sample.value for sample in metric.samples}


def test_active_releases__of_every_environment__are_counted(environment, other_environment):
    ReleaseFactory.create(environment=environment)

    assert values(ActiveReleases()) == {
        ("acme", "production"): 1.0,
        ("globex", "production"): 0.0,
    }


def test_active_releases__registered__asks_no_database():
    (metric,) = ActiveReleases().describe()  # a query would fail: this test has no database

    assert (metric.name, metric.samples) == ("vamp_release_active", [])
