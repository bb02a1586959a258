import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.domain.simulated_traffic import Side, Sum, summed
from tests.policies.domain.plans import seconds
from vamp.ports.metrics import Traffic


def counted(count, errors):
    return Side(traffic=Traffic(count=count, errors=errors))


def test_summed__counts__adds_them_up():
    spans = [(counted(90, 9), seconds(5)), (counted(10, 0), seconds(5))]

    assert summed("error_ratio", spans) == Sum(0.09, 100)
    assert summed("request_rate", spans) == Sum(10, 100)


def test_summed__values__weighs_by_samples():
    spans = [
        (Side(values={"error_ratio": 0.1}, samples=90), seconds(5)),
        (Side(values={"error_ratio": 0.0}, samples=10), seconds(5)),
    ]

    assert summed("error_ratio", spans) == Sum(pytest.approx(0.09), 100)


def test_summed__rates__weighs_by_time():
    spans = [
        (Side(values={"request_rate": 30}), seconds(30)),
        (Side(values={"request_rate": 60}), seconds(10)),
    ]

    assert summed("request_rate", spans) == Sum(37.5, 0)


def test_summed__span_silent_about_the_metric__adds_no_samples():
    spans = [
        (Side(values={"error_ratio": 0.1}, samples=90), seconds(5)),
        (Side(values={"latency_p95": 7}, samples=1000), seconds(5)),
        (None, seconds(5)),
    ]

    assert summed("error_ratio", spans) == Sum(pytest.approx(0.1), 90)
    assert summed("latency_p50", spans) == Sum(None, 0)


def test_summed__value_without_samples__is_no_evidence_but_a_value():
    spans = [(Side(values={"error_ratio": 0.1}), seconds(5))]

    assert summed("error_ratio", spans) == Sum(0.1, 0)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=5))
@settings(deadline=None)
def test_summed__counts_or_their_ratios__agree(pairs):
    pairs = [(max(count, errors), errors) for count, errors in pairs]
    counts = [(counted(*pair), seconds(5)) for pair in pairs]
    values = [
        (Side(values={"error_ratio": errors / count}, samples=count), seconds(5))
        for count, errors in pairs
    ]

    exact, mean = summed("error_ratio", counts), summed("error_ratio", values)

    assert mean.value == pytest.approx(exact.value)
    assert mean.samples == exact.samples
