from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from vamp.drivers.observed import observed
from vamp.ports.errors import PortRefused, PortUnavailable, RevisionConflict


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"vamp_driver_{name}", labels) or 0.0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (RevisionConflict(), "conflict"),
        (PortRefused(), "refused"),
        (PortUnavailable(), "unavailable"),
        (ValueError(), "error"),
    ],
)
def test_observed__operation_fails__counts_its_outcome_and_lets_the_error_pass(error, outcome):
    labels = {"driver": "test", "operation": "fail", "outcome": outcome}
    before = sample("calls_total", **labels)

    with pytest.raises(type(error)), observed("test", "fail"):
        raise error

    assert sample("calls_total", **labels) == before + 1


def test_observed__operation_ends_well__is_counted_and_timed():
    labels = {"driver": "test", "operation": "read"}
    calls = sample("calls_total", **labels, outcome="ok")
    timed = sample("seconds_count", **labels)

    for _ in range(3):
        with observed("test", "read"):
            pass

    assert sample("calls_total", **labels, outcome="ok") == calls + 3
    assert sample("seconds_count", **labels) == timed + 3
    assert sample("seconds_sum", **labels) > 0
