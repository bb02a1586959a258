"""The named metrics: what they are called, how they are read, and their value for some traffic.

All are of one route over one window; ratios are from 0 to 1, latencies are total times in
milliseconds as HAProxy counts them (its ``%Tt``; for tcp the length of the session), and
rates are requests a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial

from policies.domain.wording import number
from vamp import traffic as arithmetic
from vamp.ports.metrics import LATENCY_BOUNDS_MS, Traffic


class Unit(StrEnum):
    """What a metric's number counts."""

    RATIO = "ratio"
    MILLISECONDS = "ms"
    PER_SECOND = "1/s"


class Better(StrEnum):
    """Which way is good."""

    HIGHER = "higher"
    LOWER = "lower"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Metric:
    """One named metric.

    Attributes:
        name: what policies call it.
        unit: of its values.
        better: which way is good; EITHER where that depends on what is guarded against.
        meaning: what it is, for people.
        value: from the traffic of a window and the window's seconds; None where that traffic
            has no such value.
        knows_nothing: traffic without a single request still has a value (a rate of 0).
    """

    name: str
    unit: Unit
    better: Better
    meaning: str
    value: Callable[[Traffic, float], float | None]
    knows_nothing: bool = False

    @property
    def highest(self) -> float:
        """The highest value that can be told from a higher one."""
        if self.unit is Unit.RATIO:
            return 1.0
        return LATENCY_BOUNDS_MS[-1] if self.unit is Unit.MILLISECONDS else math.inf

    def show(self, value: float) -> str:
        """Return `value` with its unit: ``0.4%``, ``182 ms``, ``12.3/s``."""
        if self.unit is Unit.RATIO:
            return f"{number(value * 100)}%"
        return f"{number(value)} ms" if self.unit is Unit.MILLISECONDS else f"{number(value)}/s"


def measure(metric: str, traffic: Traffic, length: timedelta) -> float | None:
    """Return the value of the named `metric` for the `traffic` of a window of that `length`.

    Raises:
        KeyError: there is no such metric; policies that name one are refused when read.
    """
    return METRICS[metric].value(traffic, length.total_seconds())


def _rate(traffic: Traffic, seconds: float) -> float | None:
    return arithmetic.request_rate(traffic, seconds=seconds)


def _errors(traffic: Traffic, _seconds: float) -> float | None:
    return arithmetic.error_ratio(traffic)


def _successes(traffic: Traffic, _seconds: float) -> float | None:
    return arithmetic.success_ratio(traffic)


def _mean(traffic: Traffic, _seconds: float) -> float | None:
    return arithmetic.mean_latency_ms(traffic)


def _percentile(share: float, traffic: Traffic, _seconds: float) -> float | None:
    estimate = arithmetic.percentile(traffic, share)
    return None if estimate is None else estimate.value


def _latency(percent: int, meaning: str) -> Metric:
    value = partial(_percentile, percent / 100)
    return Metric(f"latency_p{percent}", Unit.MILLISECONDS, Better.LOWER, meaning, value)


_ALL = (
    Metric(
        "request_rate", Unit.PER_SECOND, Better.EITHER,
        "requests (tcp: sessions) that ended, a second", _rate, knows_nothing=True,
    ),
    Metric(
        "success_ratio", Unit.RATIO, Better.HIGHER,
        "share of the requests that are not errors", _successes,
    ),
    Metric(
        "error_ratio", Unit.RATIO, Better.LOWER,
        "share of the requests answered with a status of 500 and above, or not answered because "
        "the server's side failed", _errors,
    ),
    _latency(50, "half of the requests are faster"),
    _latency(90, "nine in ten requests are faster"),
    _latency(95, "19 in 20 requests are faster"),
    _latency(99, "99 in 100 requests are faster"),
    Metric("latency_mean", Unit.MILLISECONDS, Better.LOWER, "mean time of a request", _mean),
)  # fmt: skip

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
"""Every metric that a policy may name."""
