"""From the document to the plan that the Release Agent follows: defaults and names filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

from policies.documents.model import (
    DEFAULT_MINIMUM_SAMPLES,
    DEFAULT_WINDOW,
    BaselineDocument,
    ConditionDocument,
    HookDocument,
    Limit,
    NamedLimit,
    PolicyDocument,
    SourceLimit,
    StepDocument,
)
from policies.domain.metric import METRICS
from policies.domain.policy import (
    WHOLE,
    Baseline,
    Condition,
    Fixed,
    Hook,
    HookEvent,
    Policy,
    Source,
    Step,
)

T = TypeVar("T")


def plan(document: PolicyDocument) -> Policy:
    """Return the plan of a document that keeps all of `policies.documents.rules`."""
    hooks = document.hooks
    calls = {
        HookEvent.START: hooks.on_start,
        HookEvent.STEP: hooks.on_step,
        HookEvent.SUCCESS: hooks.on_success,
        HookEvent.FAILURE: hooks.on_failure,
    }
    return Policy(
        name=document.name,
        steps=tuple(_step(document, index) for index in range(len(document.steps))),
        promotes=document.promote,
        hooks={event: tuple(map(_hook, each)) for event, each in calls.items() if each},
    )


def step_name(step: StepDocument, index: int) -> str:
    """Return the step's own name, or ``step-1`` for the first without one."""
    return step.name or f"step-{index + 1}"


def condition_names(step: StepDocument) -> tuple[str, ...]:
    """Return the conditions' names; one without is called by its metric, a second time with -2."""
    names: list[str] = []
    given = {condition.name for condition in step.conditions if condition.name}
    for condition in step.conditions:
        name, count = condition.name or condition.metric, 1
        while not condition.name and (name in names or name in given):
            count += 1
            name = f"{condition.metric}-{count}"
        names.append(name)
    return tuple(names)


def _step(document: PolicyDocument, index: int) -> Step:
    step = document.steps[index]
    target = step.target
    strength = target.strength if target.strength is not None else WHOLE
    return Step(
        name=step_name(step, index),
        target_weight=target.weight,
        condition=target.condition,
        strength=strength if target.condition is not None else 0,
        minimum=step.minimum_duration,
        maximum=step.maximum_duration,
        on_timeout=step.on_timeout,
        needs_approval=step.approval,
        conditions=tuple(
            _condition(document, condition, name)
            for condition, name in zip(step.conditions, condition_names(step), strict=True)
        ),
    )


def _condition(document: PolicyDocument, condition: ConditionDocument, name: str) -> Condition:
    window = _first(condition.window, document.window, DEFAULT_WINDOW)
    knows_nothing = METRICS[condition.metric].knows_nothing
    samples = 0 if knows_nothing else DEFAULT_MINIMUM_SAMPLES
    return Condition(
        name=name,
        metric=condition.metric,
        operator=condition.operator,
        baseline=_baseline(condition.baseline, document.baselines),
        window=window,
        interval=_first(condition.interval, document.interval, window),
        grace=_first(condition.grace_period, document.grace_period, timedelta()),
        minimum_samples=_first(condition.minimum_samples, document.minimum_samples, samples),
        failures=_first(condition.failures, document.failures, 0),
        successes=_first(condition.successes, document.successes, 1),
        is_critical=condition.critical,
    )


def _first(own: T | None, shared: T | None, default: T) -> T:
    if own is not None:
        return own
    return shared if shared is not None else default


def _baseline(limit: Limit, named: Mapping[str, BaselineDocument]) -> Baseline:
    if isinstance(limit, NamedLimit):
        return Fixed(named[limit.baseline].value, limit.baseline)
    if isinstance(limit, SourceLimit):
        ratio, difference = limit.source.ratio, limit.source.difference
        return Source(1.0 if ratio is None else ratio, 0.0 if difference is None else difference)
    return Fixed(limit)


def _hook(hook: HookDocument) -> Hook:
    return Hook(hook.url, hook.method, dict(hook.headers), hook.timeout, hook.retries)
