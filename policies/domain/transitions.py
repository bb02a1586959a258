"""The ways from one phase of a release to another, whoever decided to take them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from policies.domain.effects import (
    PROMOTION,
    ROLLBACK,
    CallHooks,
    Effect,
    Finished,
    Outcome,
    SetWeights,
)
from policies.domain.policy import HookEvent, Policy
from policies.domain.state import Phase, State
from policies.domain.verdict import Evaluation

_ENDS = {
    Outcome.SUCCEEDED: Phase.SUCCEEDED,
    Outcome.ROLLED_BACK: Phase.ROLLED_BACK,
    Outcome.ABORTED: Phase.ABORTED,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What one look at a release came to.

    Attributes:
        state: keep this first, then do the effects.
        effects: in the order in which to do them.
        evaluations: verdicts made in this look, those to be repeated (not settled) included.
        reasons: a sentence for each thing decided, for the release's log; empty if nothing was.
    """

    state: State
    effects: tuple[Effect, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    reasons: tuple[str, ...] = ()


def moved(state: State, phase: Phase, reason: str, now: datetime) -> State:
    """Return `state` in another phase, its running time accounted for."""
    return replace(state, phase=phase, reason=reason, since=now, active=state.active_at(now))


def enter_step(policy: Policy, state: State, index: int, reason: str, now: datetime) -> Decision:
    """Ask for the split of the step at `index` and begin to gather its evidence."""
    weights = SetWeights.for_step(index, policy.steps[index])
    entered = replace(
        state,
        phase=Phase.RUNNING,
        reason=reason,
        since=now,
        step=index,
        step_since=now,
        weights=weights,
        live_at=None,
        active=timedelta(),
        progress=(),
    )
    hooks = hook_calls(policy, HookEvent.STEP, entered)
    return Decision(entered, (weights, *hooks), reasons=(reason,))


def leave_step(policy: Policy, state: State, reason: str, now: datetime) -> Decision:
    """Go on to the next step, or to the end behind the last one."""
    if state.step + 1 < len(policy.steps):
        return enter_step(policy, state, state.step + 1, reason, now)
    if policy.promotes:
        return promote(policy, state, reason, now)
    return finish(policy, replace(state, outcome=Outcome.SUCCEEDED), reason, now)


def promote(policy: Policy, state: State, reason: str, now: datetime) -> Decision:
    """Give the target everything; the release is over once every agent does so."""
    state = replace(state, outcome=Outcome.SUCCEEDED)
    if policy.steps[state.step].gives_all and state.live_at is not None:
        return finish(policy, state, reason, now)
    promoting = moved(state, Phase.PROMOTING, reason, now)
    promoting = replace(promoting, weights=PROMOTION, live_at=None, progress=())
    return Decision(promoting, (PROMOTION,), reasons=(reason,))


def roll_back(
    policy: Policy, state: State, reason: str, now: datetime, outcome: Outcome
) -> Decision:
    """Give everything back to the source; the release is over once every agent does so."""
    rolling = moved(state, Phase.ROLLING_BACK, reason, now)
    rolling = replace(rolling, weights=ROLLBACK, live_at=None, progress=(), outcome=outcome)
    hooks = hook_calls(policy, HookEvent.FAILURE, rolling)
    return Decision(rolling, (ROLLBACK, *hooks), reasons=(reason,))


def finish(policy: Policy, state: State, reason: str, now: datetime) -> Decision:
    """End the release with the outcome that its state holds.

    Raises:
        ValueError: the state holds none.
    """
    if state.outcome is None:
        raise ValueError("a release without an outcome can't end")
    over = moved(state, _ENDS[state.outcome], reason, now)
    hooks: tuple[CallHooks, ...] = ()
    if state.outcome is Outcome.SUCCEEDED:
        hooks = hook_calls(policy, HookEvent.SUCCESS, over)
    return Decision(over, (*hooks, Finished("finished", state.outcome, reason)), reasons=(reason,))


def hook_calls(policy: Policy, event: HookEvent, state: State) -> tuple[CallHooks, ...]:
    """Return the call for `event`, or nothing where the policy has no hooks for it."""
    if not policy.hooks.get(event):
        return ()
    place = f"/{state.step + 1}" if event is HookEvent.STEP else ""
    return (CallHooks(f"hooks/{event.value}{place}", event, state.step),)
