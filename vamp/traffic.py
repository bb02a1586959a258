"""Arithmetic on rolled-up traffic: sums, ratios, rates, percentiles. Pure.

A figure that cannot be known (a ratio of no requests) is None, never 0: missing evidence is not
good evidence.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from vamp.ports.metrics import (
    HISTOGRAM_SIZE,
    LATENCY_BOUNDS_MS,
    STATUS_CLASSES,
    Rollup,
    Traffic,
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A percentile read off a histogram, with its error.

    Attributes:
        value: the estimate, milliseconds.
        low: the true value is above this, milliseconds (or it is 0).
        high: and at most this, milliseconds; infinite above the histogram's last bound.
    """

    value: float
    low: float
    high: float


def histogram_index(latency_ms: float) -> int:
    """Return which counter of a latency histogram a request of `latency_ms` belongs to."""
    return bisect_left(LATENCY_BOUNDS_MS, latency_ms)


def total(parts: Iterable[Traffic | Rollup]) -> Traffic:
    """Return the sum of `parts`, whichever way they are grouped or ordered.

    Cost: linear; about 2 µs a part.
    """
    count = errors = bytes_out = 0
    latency_sum_ms: list[float] = []
    statuses = [0] * len(STATUS_CLASSES)
    histogram = [0] * HISTOGRAM_SIZE
    for part in parts:
        count += part.count
        errors += part.errors
        bytes_out += part.bytes_out
        latency_sum_ms.append(part.latency_sum_ms)
        statuses = _added(statuses, part.statuses)
        histogram = _added(histogram, part.latency_histogram)
    return Traffic(
        count=count,
        statuses=tuple(statuses),
        errors=errors,
        bytes_out=bytes_out,
        latency_sum_ms=math.fsum(latency_sum_ms),  # exact, so the order makes no difference
        latency_histogram=tuple(histogram),
    )


def percentile(traffic: Traffic, share: float) -> Estimate | None:
    """Return the latency that `share` of the requests did not exceed (nearest rank).

    Linear interpolation within a counter's bounds, as if its requests were spread evenly. The
    true value lies between the bounds, which `Estimate` states: they are a factor of 1.33 to 1.5
    apart, 2 above 16 s.

    Args:
        traffic: what to look at.
        share: above 0 and at most 1; 0.95 for p95.

    Returns:
        None where no request was counted.

    Raises:
        ValueError: `share` is outside its range.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a percentile's share is above 0 and at most 1, not {share}")
    histogram = traffic.latency_histogram
    upto = list(accumulate(histogram))
    if not upto[-1]:
        return None
    rank = max(1, math.ceil(share * upto[-1]))
    index = bisect_left(upto, rank)
    low = LATENCY_BOUNDS_MS[index - 1] if index else 0.0
    if index == len(LATENCY_BOUNDS_MS):
        return Estimate(value=low, low=low, high=math.inf)
    high = LATENCY_BOUNDS_MS[index]
    within = rank - (upto[index] - histogram[index])
    value = low + (high - low) * (within - 0.5) / histogram[index]
    return Estimate(value=value, low=low, high=high)


def mean_latency_ms(traffic: Traffic) -> float | None:
    """Return the mean latency in milliseconds, or None without requests. Exact."""
    return traffic.latency_sum_ms / traffic.count if traffic.count else None


def error_ratio(traffic: Traffic) -> float | None:
    """Return the share of requests that failed on the server's side, 0 to 1; None without any."""
    return traffic.errors / traffic.count if traffic.count else None


def success_ratio(traffic: Traffic) -> float | None:
    """Return the share of requests that did not fail on the server's side; None without any."""
    return (traffic.count - traffic.errors) / traffic.count if traffic.count else None


def status_ratio(traffic: Traffic, status_class: str) -> float | None:
    """Return the share of answers of one of `STATUS_CLASSES`; None without requests.

    Raises:
        ValueError: there is no such class.
    """
    if status_class not in STATUS_CLASSES:
        raise ValueError(f"{status_class!r} is none of {', '.join(STATUS_CLASSES)}")
    position = STATUS_CLASSES.index(status_class)
    return traffic.statuses[position] / traffic.count if traffic.count else None


def request_rate(traffic: Traffic, *, seconds: float) -> float:
    """Return requests per second over a window of `seconds`.

    Raises:
        ValueError: the window has no length.
    """
    if seconds <= 0:
        raise ValueError("a rate needs a window longer than nothing")
    return traffic.count / seconds


def _added(sums: Sequence[int], more: Sequence[int]) -> list[int]:
    return [one + other for one, other in zip(sums, more, strict=True)]
