from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.ports.metrics import HISTOGRAM_SIZE, LATENCY_BOUNDS_MS, STATUS_CLASSES, Rollup, Traffic
from vamp.traffic import (
    error_ratio,
    histogram_index,
    mean_latency_ms,
    percentile,
    request_rate,
    status_ratio,
    success_ratio,
    total,
)

latencies = st.lists(st.floats(0, 200_000), min_size=1, max_size=60)
counters = st.integers(0, 1000)
traffics = st.builds(
    Traffic,
    count=counters,
    statuses=st.tuples(*[counters] * len(STATUS_CLASSES)),
    errors=counters,
    bytes_out=counters,
    latency_sum_ms=st.floats(0, 1e9),
    latency_histogram=st.tuples(*[counters] * HISTOGRAM_SIZE),
)


def of(*values_ms: float) -> Traffic:
    histogram = [0] * HISTOGRAM_SIZE
    for value in values_ms:
        histogram[histogram_index(value)] += 1
    return Traffic(
        count=len(values_ms), latency_sum_ms=sum(values_ms), latency_histogram=tuple(histogram)
    )


@pytest.mark.parametrize(
    ("latency_ms", "index"), [(0, 0), (1, 0), (1.01, 1), (1.5, 1), (65536, 30), (65536.1, 31)]
)
def test_histogram_index__at_a_bound__belongs_to_it(latency_ms: float, index: int) -> None:
    assert histogram_index(latency_ms) == index


@settings(max_examples=50, deadline=None)
@given(st.lists(traffics, max_size=5), st.randoms())
def test_total__any_order_and_grouping__is_the_same(parts: list[Traffic], random: object) -> None:
    shuffled = sorted(parts, key=lambda _: random.random())  # type: ignore[attr-defined]

    assert total(shuffled) == total(parts)
    regrouped = total([total(parts[:2]), total(parts[2:])])
    assert regrouped.count == sum(part.count for part in parts)
    assert regrouped.latency_histogram == total(parts).latency_histogram
    assert regrouped.latency_sum_ms == pytest.approx(total(parts).latency_sum_ms)


def test_total__of_nothing__is_no_traffic() -> None:
    assert total([]) == Traffic()


def test_total__of_rollups__keeps_every_figure() -> None:
    histogram = tuple(range(HISTOGRAM_SIZE))
    one = Rollup(
        "id", "vga", "shop", "stable", "shop", "1", datetime(2026, 1, 1, tzinfo=UTC),
        1.0, 7, (1, 2, 3, 4, 5, 6), 2, 900, 12.5, histogram,
    )  # fmt: skip

    found = total([one, one])

    assert found == Traffic(
        14, (2, 4, 6, 8, 10, 12), 4, 1800, 25.0, tuple(2 * count for count in histogram)
    )


@settings(max_examples=200, deadline=None)
@given(latencies, st.floats(0.001, 1))
def test_percentile__any_latencies__holds_the_true_one_within_its_error(
    values_ms: list[float], share: float
) -> None:
    true = sorted(values_ms)[max(1, math.ceil(share * len(values_ms))) - 1]

    found = percentile(of(*values_ms), share)

    assert found is not None
    assert found.low <= found.value <= found.high
    assert found.low < true <= found.high or true == found.low == 0
    if found.low and found.high <= 16_384:
        assert found.high / found.low <= 1.5


@settings(max_examples=100, deadline=None)
@given(latencies, st.floats(0.001, 1), st.floats(0.001, 1))
def test_percentile__larger_share__is_not_smaller(
    values_ms: list[float], one: float, other: float
) -> None:
    small, large = (percentile(of(*values_ms), share) for share in sorted((one, other)))

    assert small is not None
    assert large is not None
    assert small.value <= large.value


def test_percentile__evenly_spread_within_bounds__is_interpolated() -> None:
    found = percentile(of(*[4 + n / 50 for n in range(1, 101)]), 0.5)

    assert found is not None
    assert found.value == pytest.approx(5, abs=0.02)
    assert (found.low, found.high) == (4, 6)


def test_percentile__above_the_last_bound__says_how_far_it_can_see() -> None:
    found = percentile(of(70_000.0), 0.99)

    assert found is not None
    assert (found.value, found.low, found.high) == (LATENCY_BOUNDS_MS[-1], 65_536, math.inf)


def test_percentile__no_requests__is_unknown() -> None:
    assert percentile(Traffic(), 0.95) is None


@pytest.mark.parametrize("share", [0, -0.1, 1.01, 95, math.nan])
def test_percentile__share_out_of_range__is_a_mistake(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        percentile(of(1.0), share)


def test_ratios__some_requests__are_shares_of_all() -> None:
    traffic = Traffic(count=8, errors=2, statuses=(0, 5, 0, 1, 1, 1), latency_sum_ms=20)

    assert error_ratio(traffic) == 0.25
    assert success_ratio(traffic) == 0.75
    assert status_ratio(traffic, "2xx") == 0.625
    assert mean_latency_ms(traffic) == 2.5
    assert request_rate(traffic, seconds=4) == 2


def test_ratios__no_requests__are_unknown_but_the_rate_is_nothing() -> None:
    nothing = Traffic()

    known = [error_ratio(nothing), success_ratio(nothing), mean_latency_ms(nothing)]
    assert [*known, status_ratio(nothing, "5xx")] == [None] * 4
    assert request_rate(nothing, seconds=1) == 0


def test_ratios__asked_wrongly__are_mistakes() -> None:
    with pytest.raises(ValueError, match="6xx"):
        status_ratio(Traffic(), "6xx")
    with pytest.raises(ValueError, match="longer than nothing"):
        request_rate(Traffic(), seconds=0)
