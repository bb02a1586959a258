from __future__ import annotations

import pytest

from vamp.demo.wording import clock, measured, percent, share


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("error_ratio", 0.2041, "20.4 %"),
        ("latency_p95", 182.4, "182 ms"),
        ("request_rate", 12.34, "12.3/s"),
        ("custom", 3.0, "3"),
        ("error_ratio", None, "-"),
    ],
)
def test_measured__value_of_a_metric__has_its_unit(metric, value, text):
    assert measured(metric, value) == text


def test_wording__shares_and_times__are_short():
    assert (percent(1250), percent(10_000), share(0.0988), clock(67.9)) == (
        "12.5 %",
        "100 %",
        "9.9 %",
        "01:07",
    )
