"""What people may ask of a running release, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from policies.domain import transitions
from policies.domain.effects import Outcome
from policies.domain.policy import Policy
from policies.domain.state import Phase, State
from policies.domain.transitions import Decision, moved
from vamp.errors import Conflict, Stale


class Action(StrEnum):
    """Something that a person asks for."""

    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    PROMOTE = "promote"
    APPROVE = "approve"
    ABORT = "abort"


@dataclass(frozen=True, slots=True)
class Intervention:
    """A person's word.

    Attributes:
        action: what is asked for.
        actor: login of whoever asks.
        reason: why, in their words; may be empty.
        step: index of the step, from 0, that they were looking at; None for whichever it is.
    """

    action: Action
    actor: str
    reason: str = ""
    step: int | None = None

    def says(self, what: str) -> str:
        """Return ``ana skipped step ten: it is only a text change``."""
        return f"{self.actor} {what}" + (f": {self.reason}" if self.reason else "")


_IN_STEP = frozenset(phase for phase in Phase if phase.is_in_step)

_ALLOWED: Mapping[Action, frozenset[Phase]] = {
    Action.PAUSE: frozenset({Phase.RUNNING, Phase.WAITING_FOR_APPROVAL}),
    Action.RESUME: frozenset({Phase.PAUSED}),
    Action.SKIP: _IN_STEP,
    Action.PROMOTE: _IN_STEP,
    Action.APPROVE: frozenset({Phase.WAITING_FOR_APPROVAL}),
    Action.ABORT: _IN_STEP | {Phase.PROMOTING},
}

_DONE_ALREADY: Mapping[Action, frozenset[Phase]] = {
    Action.PAUSE: frozenset({Phase.PAUSED}),
    Action.RESUME: frozenset({Phase.RUNNING}),
    Action.PROMOTE: frozenset({Phase.PROMOTING, Phase.SUCCEEDED}),
    Action.ABORT: frozenset({Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.ABORTED}),
}


def allowed_actions(state: State) -> tuple[Action, ...]:
    """Return what `intervene` would do for a release in `state`; doors show only these."""
    return tuple(action for action, phases in _ALLOWED.items() if state.phase in phases)


def intervene(policy: Policy, state: State, intervention: Intervention, now: datetime) -> Decision:
    """Do what a person asks for. Asking for what is so already changes nothing.

    Raises:
        Conflict: the release is in no phase for that.
        Stale: it is in another step than the person was looking at.
    """
    action = intervention.action
    if state.phase in _DONE_ALREADY.get(action, ()):
        return Decision(state)
    if state.phase not in _ALLOWED[action]:
        raise Conflict(f"cannot {action.value} a release that is {state.phase.words}")
    if intervention.step not in (None, state.step):
        raise Stale(f"the release has gone on to step {policy.steps[state.step].name}")
    return _DO[action](policy, state, intervention, now)


def _pause(_policy: Policy, state: State, word: Intervention, now: datetime) -> Decision:
    reason = word.says("paused the release")
    return Decision(moved(state, Phase.PAUSED, reason, now), reasons=(reason,))


def _resume(_policy: Policy, state: State, word: Intervention, now: datetime) -> Decision:
    reason = word.says("resumed the release")
    return Decision(moved(state, Phase.RUNNING, reason, now), reasons=(reason,))


def _skip(policy: Policy, state: State, word: Intervention, now: datetime) -> Decision:
    reason = word.says(f"skipped step {policy.steps[state.step].name}")
    return transitions.leave_step(policy, replace(state, is_forced=True), reason, now)


def _promote(policy: Policy, state: State, word: Intervention, now: datetime) -> Decision:
    reason = word.says("promoted the target")
    return transitions.promote(policy, replace(state, is_forced=True), reason, now)


def _approve(policy: Policy, state: State, word: Intervention, now: datetime) -> Decision:
    reason = word.says(f"approved step {policy.steps[state.step].name}")
    return transitions.leave_step(policy, state, reason, now)


def _abort(policy: Policy, state: State, word: Intervention, now: datetime) -> Decision:
    reason = word.says("aborted the release")
    return transitions.roll_back(policy, state, reason, now, Outcome.ABORTED)


_DO: Mapping[Action, Callable[[Policy, State, Intervention, datetime], Decision]] = {
    Action.PAUSE: _pause,
    Action.RESUME: _resume,
    Action.SKIP: _skip,
    Action.PROMOTE: _promote,
    Action.APPROVE: _approve,
    Action.ABORT: _abort,
}
