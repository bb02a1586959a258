"""What a written reading says of one side's traffic, and several of them put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from policies.domain.metric import METRICS, Unit, measure
from vamp.ports.metrics import Traffic
from vamp.traffic import total


@dataclass(frozen=True, slots=True)
class Side:
    """The traffic of target or source in one span of time: counted, or as metrics' values.

    Attributes:
        traffic: the counts; None where values were written.
        values: metric → value, where there are no counts.
        samples: requests behind the values.
    """

    traffic: Traffic | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    samples: int = 0

    def value(self, metric: str, length: timedelta) -> float | None:
        """Return the value of `metric` in this span; None where nothing is said of it."""
        if self.traffic is not None:
            return measure(metric, self.traffic, length)
        return self.values.get(metric)

    @property
    def count(self) -> int:
        """Requests in the span."""
        return self.samples if self.traffic is None else self.traffic.count


@dataclass(frozen=True, slots=True)
class Sum:
    """The value over several spans, None if none has one, and the requests behind it."""

    value: float | None
    samples: int


def summed(metric: str, spans: Sequence[tuple[Side | None, timedelta]]) -> Sum:
    """Return the value of `metric` over `spans` that follow one another.

    Counts are added up, exactly. Written values can't be: their mean is taken, weighted by samples
    (rates: by time), which for a percentile is an approximation. A span that says nothing of the
    metric adds no samples.
    """
    told = [(side, length) for side, length in spans if side is not None]
    counts = [side.traffic for side, _ in told if side.traffic is not None]
    length = sum((length for _, length in told), timedelta())
    if told and len(counts) == len(told):
        together = total(counts)
        return Sum(measure(metric, together, length), together.count)
    return _mean(metric, told)


def _mean(metric: str, told: Sequence[tuple[Side, timedelta]]) -> Sum:
    by_time = METRICS[metric].unit is Unit.PER_SECOND
    values = [
        (value, length.total_seconds() if by_time else side.count, side.count)
        for side, length in told
        if (value := side.value(metric, length)) is not None
    ]
    samples = sum(count for _, _, count in values)
    weight = sum(weight for _, weight, _ in values)
    if not values:
        return Sum(None, samples)
    if not weight:
        return Sum(sum(value for value, _, _ in values) / len(values), samples)
    return Sum(sum(value * share for value, share, _ in values) / weight, samples)
