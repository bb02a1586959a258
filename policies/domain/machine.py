"""The Release Agent's decisions, as pure functions of policy, state, readings and time.

The caller keeps the state before it does the effects, and does the effects before it asks again;
killed anywhere between, it goes on from the kept state and comes to the same decisions::

    begin ──► running ───────────── evidence, last step ──────► promoting ──► succeeded
              │ ▲  │ ▲                                              ▲ │
        pause │ │  │ │ evidence of the step lost again      promote │ │ abort
              ▼ │  ▼ │                                              │ │
           paused  waiting_for_approval ── approve ──► next step    │ │
              │         │                                           │ │
              └────┬────┴───── promote (skips the rest) ────────────┘ │
                   │                                                  │
                   └─ too many failures, time-out, abort ─► rolling_back ─► rolled_back │ aborted

========================  =========================================================================
phase                     leaves it when
========================  =========================================================================
running                   every critical condition has its passing verdicts, up to the step's
                          minimum duration: next step, or `waiting_for_approval`, or `promoting`
waiting_for_approval      a person approves; or evidence is lost again: back to `running`
paused                    a person resumes. Conditions are still watched
promoting                 all traffic is the target's on every agent: `succeeded`
rolling_back              all traffic is the source's on every agent: `rolled_back` or `aborted`
running, paused,          a critical condition failed more often than it tolerates: `rolling_back`
waiting_for_approval      in the same call
running                   the step's maximum has passed: `rolling_back` or, by the policy, `paused`
========================  =========================================================================

`promoting` is passed over where the last step gives the target everything already. What people
ask for is in `policies.domain.intervention`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from policies.domain.effects import Outcome, SetWeights
from policies.domain.policy import Condition, HookEvent, OnTimeout, Policy, Step
from policies.domain.progress import Progress
from policies.domain.reading import Reading, WindowRequest
from policies.domain.state import Phase, State
from policies.domain.transitions import (
    Decision,
    enter_step,
    finish,
    hook_calls,
    leave_step,
    moved,
    roll_back,
)
from policies.domain.verdict import Evaluation, Verdict, judge
from policies.domain.wording import listing
from vamp.documents.units import format_duration


@dataclass(frozen=True, slots=True)
class Applied:
    """Every agent serves by a split that was asked for.

    Attributes:
        effect: id of the `SetWeights`; one that the state no longer waits for is ignored.
        at: since when, aware UTC.
    """

    effect: str
    at: datetime


def begin(policy: Policy, now: datetime) -> Decision:
    """Start a release by `policy` and ask for the split of its first step."""
    reason = f"the release began with step {policy.steps[0].name}"
    weights = SetWeights.for_step(0, policy.steps[0])
    state = State(Phase.RUNNING, reason, now, now, 0, now, weights)
    entered = enter_step(policy, state, 0, reason, now)
    return replace(entered, effects=(*hook_calls(policy, HookEvent.START, state), *entered.effects))


def needed_windows(policy: Policy, state: State, now: datetime) -> tuple[WindowRequest, ...]:
    """Return the windows whose traffic `advance` wants at `now`, at most one a condition.

    The same windows are returned until `advance` was given readings that settle them.
    """
    if not state.phase.is_in_step or state.live_at is None:
        return ()
    conditions = policy.steps[state.step].conditions
    return tuple(
        progress.window(state.step, condition)
        for condition, progress in zip(conditions, state.progress, strict=True)
        if progress.due <= now
    )


def advance(
    policy: Policy,
    state: State,
    readings: Iterable[Reading],
    now: datetime,
    *,
    applied: Applied | None = None,
) -> Decision:
    """Decide what follows from what is known at `now`.

    Repeated with the same arguments on the state that it returned, it changes nothing more.

    Args:
        policy: the one that the release began with.
        state: as last kept.
        readings: answers to `needed_windows`, in any order; others are ignored.
        now: aware UTC.
        applied: the split that every agent serves by, if that is known.
    """
    if state.phase.is_over:
        return Decision(state)
    seen, reasons = _with_live(policy, state, applied, now)
    if not seen.phase.is_in_step:
        return _ended_if_live(policy, seen, now)
    seen, evaluations = _judged(policy, seen, {each.request: each for each in readings}, now)
    decision = _decided(policy, seen, evaluations, now)
    return replace(decision, evaluations=evaluations, reasons=(*reasons, *decision.reasons))


def _with_live(
    policy: Policy, state: State, applied: Applied | None, now: datetime
) -> tuple[State, tuple[str, ...]]:
    is_news = state.live_at is None and applied is not None and applied.at <= now
    if not is_news or applied is None or applied.effect != state.weights.id:
        return state, ()
    if not state.phase.is_in_step:
        return replace(state, live_at=applied.at), ()
    live_at = max(applied.at, state.step_since)
    step = policy.steps[state.step]
    progress = tuple(Progress.beginning(condition, live_at) for condition in step.conditions)
    reason = f"the split of step {step.name} is live on every agent"
    state = replace(state, live_at=live_at, progress=progress, reason=reason)
    return state, (reason,)


def _ended_if_live(policy: Policy, state: State, now: datetime) -> Decision:
    if state.live_at is None:
        return Decision(state)
    # `reason` still says why it was rolled back or promoted, which is what people look for; the
    # log has that already, and gets what is new.
    ended = finish(policy, state, state.reason, now)
    side = "target" if state.outcome is Outcome.SUCCEEDED else "source"
    return replace(ended, reasons=(f"every agent gives all traffic to the {side}",))


def _judged(
    policy: Policy, state: State, readings: dict[WindowRequest, Reading], now: datetime
) -> tuple[State, tuple[Evaluation, ...]]:
    conditions = {
        each.name: index for index, each in enumerate(policy.steps[state.step].conditions)
    }
    progress, evaluations = list(state.progress), []
    for request in needed_windows(policy, state, now):
        if request not in readings:
            continue
        index = conditions[request.condition]
        condition = policy.steps[state.step].conditions[index]
        evaluation = judge(condition, readings[request])
        progress[index] = progress[index].after(condition, evaluation, now)
        evaluations.append(evaluation)
    return replace(state, progress=tuple(progress)), tuple(evaluations)


def _decided(
    policy: Policy, state: State, evaluations: Sequence[Evaluation], now: datetime
) -> Decision:
    step = policy.steps[state.step]
    spent = _spent(step, state)
    if spent:
        reason = f"step {step.name} failed: {_failure(spent, evaluations)}"
        return roll_back(policy, state, reason, now, Outcome.ROLLED_BACK)
    if state.phase is Phase.PAUSED:
        return Decision(state)
    lacking = _lacking(step, state)
    if not lacking:
        return _gathered(policy, state, now)
    if state.active_at(now) >= step.maximum:
        return _timed_out(policy, state, lacking, now)
    if state.phase is Phase.WAITING_FOR_APPROVAL:
        reason = f"no longer ready for approval: {listing(lacking)}"
        return Decision(moved(state, Phase.RUNNING, reason, now), reasons=(reason,))
    return Decision(state)


def _pairs(step: Step, state: State) -> list[tuple[Condition, Progress]]:
    pairs = zip(step.conditions, state.progress, strict=True) if state.progress else ()
    return [(condition, progress) for condition, progress in pairs if condition.is_critical]


def _spent(step: Step, state: State) -> list[Condition]:
    return [
        condition for condition, progress in _pairs(step, state) if progress.is_spent(condition)
    ]


def _failure(spent: Sequence[Condition], evaluations: Sequence[Evaluation]) -> str:
    names = {condition.name for condition in spent}
    failed = [
        evaluation.sentence
        for evaluation in evaluations
        if evaluation.verdict is Verdict.FAIL and evaluation.request.condition in names
    ]
    return "; ".join(failed) or f"{listing(sorted(names))} failed too often"


def _lacking(step: Step, state: State) -> list[str]:
    """Return what the step still needs, in words; nothing means that it may be left."""
    if state.live_at is None:
        return ["its split is not live on every agent"]
    until = state.live_at + step.minimum
    return [
        _lack(condition, progress, step)
        for condition, progress in _pairs(step, state)
        if not progress.is_met(condition, until)
    ]


def _lack(condition: Condition, progress: Progress, step: Step) -> str:
    if progress.successes < condition.successes:
        row = f"{progress.successes} of {condition.successes}"
        return f"{condition.name} has {row} passing verdicts"
    least = format_duration(step.minimum)
    return f"{condition.name} is not judged up to the minimum duration of {least}"


def _gathered(policy: Policy, state: State, now: datetime) -> Decision:
    step = policy.steps[state.step]
    if state.phase is Phase.WAITING_FOR_APPROVAL:
        return Decision(state)
    if step.needs_approval:
        reason = f"step {step.name} has all its evidence and waits for a person's approval"
        waiting = moved(state, Phase.WAITING_FOR_APPROVAL, reason, now)
        return Decision(waiting, reasons=(reason,))
    reason = f"step {step.name} is done: every critical condition passed"
    return leave_step(policy, state, reason, now)


def _timed_out(policy: Policy, state: State, lacking: Sequence[str], now: datetime) -> Decision:
    step = policy.steps[state.step]
    lack = listing(lacking)
    reason = f"step {step.name} did not gather its evidence within {format_duration(step.maximum)}: {lack}"
    if step.on_timeout is OnTimeout.ROLLBACK:
        return roll_back(policy, state, reason, now, Outcome.ROLLED_BACK)
    held = replace(moved(state, Phase.PAUSED, reason, now), active=timedelta())
    return Decision(held, reasons=(reason,))
