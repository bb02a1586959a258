"""A release as the API tells it, in the words of this package. Moments are seconds since the epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vamp.demo.summary import StepSpan

SUCCEEDED = "succeeded"
ROLLED_BACK = "rolled_back"
OVER = frozenset({SUCCEEDED, ROLLED_BACK, "aborted"})
"""Statuses after which nothing happens any more."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of the policy that a release goes by.

    Attributes:
        name: of the step.
        target_weight: hundredths of a percent.
    """

    name: str
    target_weight: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One condition judged over one window.

    Attributes:
        step: index of the step, from 0.
        condition: its name in the step.
        metric: what was measured.
        verdict: pass, fail, inconclusive or error.
        value: of the target; None where there was none.
        baseline: what it was compared with; None where it was not.
        samples: requests of the target in the window.
        sentence: why, in plain words.
        at: when it was made.
    """

    step: int
    condition: str
    metric: str
    verdict: str
    value: float | None
    baseline: float | None
    samples: int
    sentence: str
    at: float


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the decision log.

    Attributes:
        at: when.
        status: of the release from then on.
        step: index of the step, from 0.
        sentence: what and why.
    """

    at: float
    status: str
    step: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Release:
    """A release at the moment when the API was asked.

    Attributes:
        number: counts the gateway's releases from 1.
        source: version that had the traffic.
        target: version that is released.
        status: word of its phase, such as ``running``.
        step: index of the present step, from 0.
        live_at: since when every agent serves by the split last asked for; None while some do not.
        steps: of its policy.
        evaluations: those told, oldest first.
        decisions: oldest first.
    """

    number: int
    source: str
    target: str
    status: str
    step: int
    live_at: float | None
    steps: Sequence[PlannedStep] = ()
    evaluations: Sequence[Evaluation] = ()
    decisions: Sequence[Decision] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen any more."""
        return self.status in OVER

    @property
    def latest(self) -> Sequence[Evaluation]:
        """The newest evaluation of each condition of the present step, in the order of names."""
        newest = {each.condition: each for each in self.evaluations if each.step == self.step}
        return tuple(newest[name] for name in sorted(newest))

    @property
    def failing(self) -> Evaluation | None:
        """The verdict that ended it: the last failing one; None where nothing failed."""
        failed = [each for each in self.evaluations if each.verdict == "fail"]
        return failed[-1] if failed else None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a release while it went on; kept because the API tells only the present.

    Attributes:
        release: as last told.
        live: index of each step that went live → since when.
    """

    release: Release
    live: tuple[tuple[int, float], ...] = ()

    def now(self, release: Release) -> Seen:
        """Return what is known with a newer telling."""
        known = dict(self.live)
        is_in_step = not release.is_over and release.status != "rolling_back"
        if is_in_step and release.live_at is not None:
            known.setdefault(release.step, release.live_at)
        return Seen(release, tuple(sorted(known.items())))

    @property
    def walked(self) -> tuple[int, ...]:
        """Target weights of the steps that went live, in order, in hundredths of a percent."""
        return tuple(self.release.steps[index].target_weight for index, _ in self.live)

    def spans(self) -> tuple[StepSpan, ...]:
        """Return the times during which the split of one step was served by every agent."""
        release = self.release
        return tuple(
            StepSpan(
                release=release.number,
                step=release.steps[index].name,
                target=release.target,
                target_weight=release.steps[index].target_weight,
                start=live_at,
                end=self._left_at(index),
            )
            for index, live_at in self.live
        )

    def _left_at(self, index: int) -> float:
        """Return when the step was left: the first decision that is of a later step or an end."""
        leaves = {*OVER, "rolling_back", "promoting"}
        for each in self.release.decisions:
            if each.step > index or (each.step == index and each.status in leaves):
                return each.at
        return float("inf")
