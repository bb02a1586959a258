"""A release policy as the Release Agent reads it: every default and every name filled in.

`policies.documents` makes these out of what people write and has checked all rules by then, so
nothing here is checked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

WHOLE = 10_000
"""All traffic, in hundredths of a percent."""


class Operator(StrEnum):
    """How a measured value must stand to its limit for the condition to hold."""

    AT_LEAST = ">="
    AT_MOST = "<="
    ABOVE = ">"
    BELOW = "<"
    EXACTLY = "=="

    def holds(self, value: float, limit: float) -> bool:
        """Tell whether ``value <operator> limit``."""
        return {
            Operator.AT_LEAST: value >= limit,
            Operator.AT_MOST: value <= limit,
            Operator.ABOVE: value > limit,
            Operator.BELOW: value < limit,
            Operator.EXACTLY: value == limit,
        }[self]

    @property
    def wants_high(self) -> bool:
        """Whether more is better: ``>=`` and ``>``."""
        return self in (Operator.AT_LEAST, Operator.ABOVE)


class OnTimeout(StrEnum):
    """What happens to a step that has not gathered its evidence within its maximum duration."""

    ROLLBACK = "rollback"
    HOLD = "hold"


class HookEvent(StrEnum):
    """When hooks are called."""

    START = "start"
    STEP = "step"
    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A baseline that is a number, in the metric's unit.

    Attributes:
        value: the limit itself.
        name: the named baseline that it came from; empty for a number in the condition.
    """

    value: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A baseline that is the source version, measured over the same window.

    Attributes:
        ratio: the limit is the source's value times this.
        difference: and then this much more lenient, in the metric's unit, never negative.
    """

    ratio: float = 1.0
    difference: float = 0.0

    def limit(self, measured: float, operator: Operator) -> float:
        """Return the limit that follows from the source's `measured` value."""
        leniency = -self.difference if operator.wants_high else self.difference
        # Rounded, so that 0.02 + 0.01 is the 0.03 that 3 errors in 100 are.
        return round(measured * self.ratio + leniency, 12)


Baseline = Fixed | Source


@dataclass(frozen=True, slots=True)
class Condition:
    """One question that is asked of the target's traffic, again and again during a step.

    Attributes:
        name: unique in its step.
        metric: a name in `policies.domain.metric.METRICS`.
        operator: how the value must stand to the baseline.
        baseline: what the value is compared with.
        window: length of the traffic that one verdict is about, at least a second.
        interval: time from one verdict to the next, at most `window`. Equal to it, windows
            follow one another; shorter, they overlap.
        grace: traffic of this long after the step went live is left out.
        minimum_samples: requests that a window must hold, on either side that is measured.
        failures: failing verdicts that are tolerated in one step.
        successes: passing verdicts that are needed in a row, at least 1.
        is_critical: False is only watched: written down, never decided on.
    """

    name: str
    metric: str
    operator: Operator
    baseline: Baseline
    window: timedelta
    interval: timedelta
    grace: timedelta
    minimum_samples: int
    failures: int = 0
    successes: int = 1
    is_critical: bool = True

    @property
    def compares_source(self) -> bool:
        """Whether the source must be measured too."""
        return isinstance(self.baseline, Source)


@dataclass(frozen=True, slots=True)
class Step:
    """One split of traffic and the evidence that it takes to leave it.

    Attributes:
        name: unique in its policy.
        target_weight: hundredths of a percent; the source has the rest.
        condition: requests that are sent to the target on top of its weight; None for none.
        strength: share of the matching requests, in hundredths of a percent.
        minimum: shortest time that the split is live.
        maximum: longest time for the step without its evidence.
        on_timeout: what happens after that.
        needs_approval: a person must agree before the step is left.
        conditions: at least one, at least one of them critical.
    """

    name: str
    target_weight: int
    conditions: tuple[Condition, ...]
    maximum: timedelta
    condition: str | None = None
    strength: int = 0
    minimum: timedelta = timedelta()
    on_timeout: OnTimeout = OnTimeout.ROLLBACK
    needs_approval: bool = False

    @property
    def most(self) -> int:
        """The most that the target gets in it, by weight or by condition."""
        return max(self.target_weight, self.strength)

    @property
    def source_weight(self) -> int:
        """The source's share, in hundredths of a percent."""
        return WHOLE - self.target_weight

    @property
    def gives_all(self) -> bool:
        """Whether every request goes to the target, whatever it looks like."""
        return self.target_weight == WHOLE and self.condition is None


@dataclass(frozen=True, slots=True)
class Hook:
    """An HTTP call that tells another system what happened.

    Attributes:
        url: http or https.
        method: upper case.
        headers: name → value; left out of ``repr``, for they may hold a secret.
        timeout: for one attempt.
        retries: attempts after the first.
    """

    url: str
    method: str
    headers: Mapping[str, str] = field(repr=False)
    timeout: timedelta
    retries: int


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole plan.

    Attributes:
        name: DNS label.
        steps: at least one; the target's weight never falls from one to the next.
        promotes: the target becomes the only version once the last step is over.
        hooks: what to call, by event; events without hooks may be absent.
    """

    name: str
    steps: tuple[Step, ...]
    promotes: bool = True
    hooks: Mapping[HookEvent, tuple[Hook, ...]] = field(default_factory=dict)

    @property
    def most(self) -> int:
        """The most that the target gets by the plan, in hundredths of a percent."""
        return WHOLE if self.promotes else max(step.most for step in self.steps)
