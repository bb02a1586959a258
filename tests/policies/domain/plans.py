"""Small plans and readings for tests of the Release Agent's machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from policies.domain.machine import Applied, advance, begin, needed_windows
from policies.domain.policy import Condition, Fixed, Operator, Policy, Step
from policies.domain.reading import Reading

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def condition(name="errors", **changes) -> Condition:
    told = {
        "metric": "error_ratio",
        "operator": Operator.AT_MOST,
        "baseline": Fixed(0.01),
        "window": seconds(10),
        "interval": seconds(10),
        "grace": seconds(0),
        "minimum_samples": 100,
    }
    return Condition(name=name, **{**told, **changes})


def step(name="ten", weight=1000, conditions=None, **changes) -> Step:
    told = {"maximum": timedelta(minutes=10), **changes}
    return Step(name, weight, tuple(conditions or (condition(),)), **told)


def policy(*steps, **changes) -> Policy:
    return Policy("canary", steps or (step(), step("all", 10_000)), **changes)


def good(request, **changes) -> Reading:
    told = {"value": 0.0, "samples": 500, "is_complete": True, **changes}
    return Reading(request, **told)


def bad(request, **changes) -> Reading:
    return good(request, **{"value": 0.5, **changes})


def live(plan, state, now):
    """Advance with the split that was last asked for being live."""
    return advance(plan, state, (), now, applied=Applied(state.weights.id, now))


def begun(plan):
    """Return the state at `START` of a release whose first split is live at once."""
    return live(plan, begin(plan, START).state, START).state


def answered(plan, state, now, answer):
    """Advance with `answer(request)` for every window that is needed."""
    readings = [answer(request) for request in needed_windows(plan, state, now)]
    return advance(plan, state, readings, now)
