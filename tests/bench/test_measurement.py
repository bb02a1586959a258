import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.measurement import Measurement, Target, line_of, percentile


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e9), min_size=1), st.floats(0.01, 1))
def test_percentile__any_samples__share_of_them_lies_at_or_below_and_no_smaller_one_does(
    samples, share
):
    found = percentile(samples, share)

    assert found in samples
    assert sum(each <= found for each in samples) >= share * len(samples) - 1e-6
    assert sum(each < found for each in samples) < share * len(samples) + 1e-6


@pytest.mark.parametrize(
    ("samples", "target", "ok"),
    [
        ([10, 12, 11], Target(11), True),
        ([10, 12, 11], Target(10.9), False),
        ([10, 12, 11], Target(1.1, of="ratio"), True),
        ([10, 12, 11], Target(1.05, of="ratio"), False),
        ([10, 12, 11], Target(11, at_least=True), True),
        ([10, 12, 11], Target(12, at_least=True), False),
        ([10, 12, 11], None, True),
    ],
)
def test_measurement__target__is_met_by_the_number_that_it_is_about(samples, target, ok):
    assert Measurement(samples, "ms", [10], target).fields()["ok"] is ok


def test_measurement__what_was_measured_went_wrong__is_not_ok_however_quick():
    assert Measurement([1], "ms", [1], Target(5), is_right=False).fields()["ok"] is False


@pytest.mark.parametrize("target", [Target(60, at_least=True), None])
def test_measurement__rate__percentiles_are_the_slow_end(target):
    fields = Measurement(range(1, 101), "lines/s", [50], target).fields()

    assert (fields["p95"], fields["p99"]) == (5, 1)


def test_line__every_measurement__has_the_promised_fields_and_its_own():
    line = json.loads(
        line_of("up.ready", Measurement([4], "s", [2], more={"memory_mb": 9}).fields())
    )

    promised = {"name", "n", "unit", "median", "p95", "p99", "floor", "ratio", "target", "ok"}
    assert promised | {"memory_mb"} <= line.keys()
    assert line["ratio"] == 2
