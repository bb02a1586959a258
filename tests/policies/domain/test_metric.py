import math

import pytest

from policies.domain.metric import METRICS, Better, Unit, measure
from tests.policies.domain.plans import seconds
from vamp.ports.metrics import HISTOGRAM_SIZE, Traffic
from vamp.traffic import histogram_index

HUNDRED = Traffic(
    count=100,
    errors=7,
    latency_sum_ms=5000,
    latency_histogram=tuple(
        {histogram_index(10): 90, histogram_index(200): 10}.get(index, 0)
        for index in range(HISTOGRAM_SIZE)
    ),
)


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("request_rate", 10),
        ("success_ratio", 0.93),
        ("error_ratio", 0.07),
        ("latency_mean", 50),
    ],
)
def test_measure__counts__is_exact(metric, value):
    assert measure(metric, HUNDRED, seconds(10)) == value


@pytest.mark.parametrize(
    ("metric", "low", "high"),
    [
        ("latency_p50", 8, 12),
        ("latency_p90", 8, 12),
        ("latency_p95", 192, 256),
        ("latency_p99", 192, 256),
    ],
)
def test_measure__percentile__lies_within_its_counter(metric, low, high):
    assert low < measure(metric, HUNDRED, seconds(10)) <= high


@pytest.mark.parametrize("metric", METRICS)
def test_measure__no_requests__has_no_value_but_a_rate(metric):
    value = measure(metric, Traffic(), seconds(10))

    assert value == (0 if metric == "request_rate" else None)
    assert METRICS[metric].knows_nothing is (value is not None)


def test_metrics__each__knows_its_name_unit_and_direction():
    units = {
        Unit.RATIO: (1.0, "25%"),
        Unit.MILLISECONDS: (65536, "0.25 ms"),
        Unit.PER_SECOND: (math.inf, "0.25/s"),
    }

    for name, metric in METRICS.items():
        assert (metric.highest, metric.show(0.25)) == units[metric.unit]
        assert metric.name == name
        assert (metric.better is Better.LOWER) is (name.startswith(("latency", "error")))
