"""A release in the words and colours of lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from policies.domain.policy import Policy
from policies.domain.state import Phase, State
from policies.models import Release
from policies.selectors import plan_of
from tenants.models import Environment
from tenants.pages.page import address
from vamp.pages.split import Segment

PHASE_TONES: Final = {
    Phase.RUNNING: "busy",
    Phase.PAUSED: "warn",
    Phase.WAITING_FOR_APPROVAL: "warn",
    Phase.PROMOTING: "busy",
    Phase.ROLLING_BACK: "bad",
    Phase.SUCCEEDED: "good",
    Phase.ROLLED_BACK: "bad",
    Phase.ABORTED: "quiet",
}


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One release in a list.

    Attributes:
        release: the row; address: of its page.
        status: in words; tone: how good that is, for the colour of its badge.
        step: name of the step it is or was in; at: that step's number from 1; steps: how many.
        segments: the split that was last asked for.
    """

    release: Release
    address: str
    status: str
    tone: str
    step: str
    at: int
    steps: int
    segments: Sequence[Segment]


def line_of(environment: Environment, release: Release) -> ReleaseLine:
    """Return `release`, read with its gateway and policy version, as lists show it."""
    state, plan = State.from_value(release.state), plan_of(release.policy_version)
    return ReleaseLine(
        release=release,
        address=address("release", environment, release.gateway.name, release.number),
        status=state.phase.words,
        tone=PHASE_TONES[state.phase],
        step=step_of(plan, state),
        at=state.step + 1,
        steps=len(plan.steps),
        segments=segments_of(release, state.weights.source_weight, state.weights.target_weight),
    )


def step_of(plan: Policy, state: State) -> str:
    """Return the name of the step that the release is or was in."""
    return plan.steps[state.step].name


def segments_of(release: Release, source: int, target: int) -> Sequence[Segment]:
    """Return a split between the release's two routes, in hundredths of a percent."""
    return [
        Segment(release.source, release.source_version or release.source, source),
        Segment(release.target, release.target_version or release.target, target),
    ]
