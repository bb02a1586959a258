"""What must hold between the keys of a policy document, each broken rule as a fault in its place.

Rules are looked at piece by piece, so that a document with a misspelt key in one step is told
about the weights of another in the same answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

from pydantic import BaseModel

from policies.documents.condition_rules import Baselines, condition_faults, number_faults
from policies.documents.model import (
    BaselineDocument,
    ConditionDocument,
    NamedLimit,
    PolicyDocument,
    StepDocument,
)
from policies.documents.plan import plan, step_name
from policies.documents.step_rules import step_faults
from policies.domain.policy import WHOLE, Condition, Step
from vamp.documents.source import Source, pointer_of
from vamp.documents.units import format_duration, format_percent
from vamp.documents.yaml import examined
from vamp.errors import Fault

M = TypeVar("M", bound=BaseModel)


def broken_rules(source: Source, document: PolicyDocument) -> Iterator[Fault]:
    """Yield every rule that a document of the right shape breaks, mostly without its place."""
    for name, baseline in document.baselines.items():
        yield from _baseline_faults(name, baseline)
    for index, step in enumerate(document.steps):
        yield from step_faults(source, f"/steps/{index}", step)
        for place, condition in enumerate(step.conditions):
            pointer = f"/steps/{index}/conditions/{place}"
            yield from condition_faults(pointer, condition, document.baselines)
    yield from _unique_step_names(document.steps)
    yield from _course_faults(document)
    if _has_all_baselines(document):
        yield from _timing_faults(document)


def broken_rules_of_pieces(source: Source) -> Iterator[Fault]:
    """Yield the rules broken by those pieces of a malformed document that are whole themselves."""
    baselines: Baselines = {
        name: _whole(BaselineDocument, raw) for name, raw in _mapping(source, "baselines").items()
    }
    for name, baseline in baselines.items():
        if baseline is not None:
            yield from _baseline_faults(name, baseline)
    for index, raw in enumerate(_sequence(source.value, "steps")):
        step = _whole(StepDocument, raw)
        if step is not None:
            yield from step_faults(source, f"/steps/{index}", step)
        for place, each in enumerate(_sequence(raw, "conditions")):
            condition = _whole(ConditionDocument, each)
            if condition is not None:
                pointer = f"/steps/{index}/conditions/{place}"
                yield from condition_faults(pointer, condition, baselines)


def _whole(model: type[M], raw: object) -> M | None:
    return examined(model, Source.of(raw))[0] if isinstance(raw, dict) else None


def _sequence(raw: object, key: str) -> Sequence[object]:
    found = raw.get(key) if isinstance(raw, dict) else None
    return found if isinstance(found, list) else ()


def _mapping(source: Source, key: str) -> dict[str, object]:
    found = source.value.get(key)
    return found if isinstance(found, dict) else {}


def _baseline_faults(name: str, baseline: BaselineDocument) -> Iterator[Fault]:
    pointer = pointer_of(["baselines", name, "value"])
    return number_faults(pointer, baseline.metric, baseline.value)


def _unique_step_names(steps: Sequence[StepDocument]) -> Iterator[Fault]:
    counts = Counter(step_name(step, index) for index, step in enumerate(steps))
    for index, step in enumerate(steps):
        name = step_name(step, index)
        if step.name and counts[name] > 1:
            message = f"another step is called {name!r} too"
            yield Fault(f"/steps/{index}/name", message, code="duplicate-name")


def _course_faults(document: PolicyDocument) -> Iterator[Fault]:
    weights = [step.target.weight for step in document.steps]
    for index in range(1, len(weights)):
        if weights[index] < weights[index - 1]:
            now, before = map(format_percent, (weights[index], weights[index - 1]))
            message = f"the target falls from {before} to {now}, which would take users off it"
            pointer = f"/steps/{index}/target/weight"
            yield Fault(pointer, message, "give it no less than before", code="falling-weight")
    last = document.steps[-1].target
    is_whole = last.weight == WHOLE and last.condition is None
    if document.promote and not is_whole:
        message = "the last step does not give the target 100%, so promotion would be a blind jump"
        hint = "add a step with a target of 100% and no condition, or write promote: false"
        pointer = f"/steps/{len(weights) - 1}/target"
        yield Fault(pointer, message, hint, code="last-step")


def _has_all_baselines(document: PolicyDocument) -> bool:
    return all(
        condition.baseline.baseline in document.baselines
        for step in document.steps
        for condition in step.conditions
        if isinstance(condition.baseline, NamedLimit)
    )


def _timing_faults(document: PolicyDocument) -> Iterator[Fault]:
    for index, step in enumerate(plan(document).steps):
        for place, condition in enumerate(step.conditions):
            pointer = f"/steps/{index}/conditions/{place}"
            yield from _pace_faults(pointer, condition)
            yield from _evidence_time_faults(pointer, step, condition)


def _pace_faults(pointer: str, condition: Condition) -> Iterator[Fault]:
    if condition.interval.total_seconds() < 1:
        window = format_duration(condition.interval)
        message = f"{window} is too short to judge by: a window and an interval take 1s at least"
        yield Fault(pointer, message, code="window")
    elif condition.interval > condition.window:
        interval, window = map(format_duration, (condition.interval, condition.window))
        message = (
            f"an interval of {interval} would leave traffic between windows of {window} unseen"
        )
        yield Fault(pointer, message, "make the window as long as the interval", code="window")


def _evidence_time_faults(pointer: str, step: Step, condition: Condition) -> Iterator[Fault]:
    needed = condition.grace + condition.window + condition.interval * (condition.successes - 1)
    if condition.is_critical and needed >= step.maximum:
        least, most = map(format_duration, (needed, step.maximum))
        message = f"this takes more than {least} to pass, and the step lasts {most} at most"
        hint = "raise maximumDuration, or ask for less"
        yield Fault(pointer, message, hint, code="duration")
