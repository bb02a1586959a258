"""What must hold within one step: its split, its target's traffic, its conditions together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gateways.domain.condition import Constant
from gateways.domain.condition.parse import read_condition
from policies.documents.model import SourceLimit, StepDocument, TargetShare
from policies.documents.plan import condition_names
from policies.domain.policy import WHOLE
from vamp.documents.source import Source
from vamp.documents.units import format_duration, format_percent
from vamp.errors import Fault


def step_faults(source: Source, pointer: str, step: StepDocument) -> Iterator[Fault]:
    """Yield what is wrong within the step at `pointer`, its single conditions apart.

    Args:
        source: the whole document, to point into the text of the target's condition.
        pointer: of the step.
        step: it.
    """
    yield from _split_faults(pointer, step)
    yield from _target_faults(pointer, step)
    yield from _matching_faults(source, pointer, step.target)
    yield from _conditions_faults(pointer, step)
    if step.minimum_duration >= step.maximum_duration:
        shortest, longest = map(format_duration, (step.minimum_duration, step.maximum_duration))
        message = f"the minimum of {shortest} is not shorter than the maximum of {longest}"
        yield Fault(f"{pointer}/minimumDuration", message, code="duration")


def _split_faults(pointer: str, step: StepDocument) -> Iterator[Fault]:
    if step.source is None:
        return
    total = step.source.weight + step.target.weight
    if total != WHOLE:
        message = f"source and target have {total / 100:g}% together, and must have 100%"
        hint = f"give the source {format_percent(WHOLE - step.target.weight)}, or leave it out"
        yield Fault(f"{pointer}/source/weight", message, hint, code="weights-total")


def _target_faults(pointer: str, step: StepDocument) -> Iterator[Fault]:
    target = step.target
    if target.condition is None and target.strength is not None:
        message = "a strength is the share of the requests that a condition matches"
        hint = "add a condition, or leave the strength out"
        yield Fault(f"{pointer}/target/strength", message, hint, code="strength")
    if not target.weight and not _matches_any(target):
        message = "the target gets no traffic in this step, so there can be no evidence about it"
        hint = "give it a weight, or a condition with a strength"
        yield Fault(f"{pointer}/target", message, hint, code="no-traffic")


def _matches_any(target: TargetShare) -> bool:
    if target.condition is None or target.strength == 0:
        return False
    return read_condition(target.condition)[0] != Constant(False)


def _matching_faults(source: Source, pointer: str, target: TargetShare) -> Iterator[Fault]:
    if target.condition is None:
        return
    for refusal in read_condition(target.condition)[1]:
        place = f"{pointer}/target/condition"
        fault = Fault(place, refusal.message, refusal.hint, code="condition")
        yield source.located(fault, offset=refusal.offset)


def _conditions_faults(pointer: str, step: StepDocument) -> Iterator[Fault]:
    if not any(condition.critical for condition in step.conditions):
        message = "at least one condition of a step must be critical, or nothing decides about it"
        yield Fault(f"{pointer}/conditions", message, code="nothing-critical")
    counts = Counter(condition_names(step))
    for index, condition in enumerate(step.conditions):
        place = f"{pointer}/conditions/{index}"
        if condition.name and counts[condition.name] > 1:
            message = f"another condition of this step is called {condition.name!r} too"
            yield Fault(f"{place}/name", message, code="duplicate-name")
        if step.target.weight == WHOLE and isinstance(condition.baseline, SourceLimit):
            message = "the source gets no traffic in this step, so nothing can be compared with it"
            yield Fault(f"{place}/baseline/source", message, "give a number", code="no-traffic")
