"""What must hold within one step: its split, its target's traffic, its conditions together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gateways.domain.condition import Constant
from gateways.domain.condition.parse import read_condition
from policies.documents.model import SourceLimit, StepDocument, TargetShare
from policies.documents.pieces import StepPieces
from policies.domain.policy import WHOLE
from vamp.documents.source import Source
from vamp.documents.units import format_duration, format_percent
from vamp.errors import Fault


def step_faults(source: Source, step: StepPieces) -> Iterator[Fault]:
    """Yield what is wrong within a step, its single conditions apart.

    Args:
        source: the whole document, to point into the text of the target's condition.
        step: what is sound of it.
    """
    yield from _split_faults(step)
    if step.target is not None:
        yield from _target_faults(f"{step.pointer}/target", step.target)
        yield from _matching_faults(source, f"{step.pointer}/target/condition", step.target)
    yield from _naming_faults(step)
    yield from _comparison_faults(step)
    if step.whole is not None:
        yield from _whole_faults(step.pointer, step.whole)


def _split_faults(step: StepPieces) -> Iterator[Fault]:
    if step.source_weight is None or step.target_weight is None:
        return
    total = step.source_weight + step.target_weight
    if total != WHOLE:
        message = f"source and target have {total / 100:g}% together, and must have 100%"
        hint = f"give the source {format_percent(WHOLE - step.target_weight)}, or leave it out"
        yield Fault(f"{step.pointer}/source/weight", message, hint, code="weights-total")


def _target_faults(pointer: str, target: TargetShare) -> Iterator[Fault]:
    if target.condition is None and target.strength is not None:
        message = "a strength is the share of the requests that a condition matches"
        hint = "add a condition, or leave the strength out"
        yield Fault(f"{pointer}/strength", message, hint, code="strength")
    if not target.weight and not _matches_any(target):
        message = "the target gets no traffic in this step, so there can be no evidence about it"
        hint = "give it a weight, or a condition with a strength"
        yield Fault(pointer, message, hint, code="no-traffic")


def _matches_any(target: TargetShare) -> bool:
    if target.condition is None or target.strength == 0:
        return False
    return read_condition(target.condition)[0] != Constant(False)


def _matching_faults(source: Source, pointer: str, target: TargetShare) -> Iterator[Fault]:
    if target.condition is None:
        return
    for refusal in read_condition(target.condition)[1]:
        fault = Fault(pointer, refusal.message, refusal.hint, code="condition")
        yield source.located(fault, offset=refusal.offset)


def _naming_faults(step: StepPieces) -> Iterator[Fault]:
    counts = Counter(condition.name for _, condition in step.conditions)
    for pointer, condition in step.conditions:
        if condition.name and counts[condition.name] > 1:
            message = f"another condition of this step is called {condition.name!r} too"
            yield Fault(f"{pointer}/name", message, code="duplicate-name")


def _comparison_faults(step: StepPieces) -> Iterator[Fault]:
    if step.target_weight != WHOLE:
        return
    for pointer, condition in step.conditions:
        if isinstance(condition.baseline, SourceLimit):
            message = "the source gets no traffic in this step, so nothing can be compared with it"
            yield Fault(f"{pointer}/baseline/source", message, "give a number", code="no-traffic")


def _whole_faults(pointer: str, step: StepDocument) -> Iterator[Fault]:
    if not any(condition.critical for condition in step.conditions):
        message = "at least one condition of a step must be critical, or nothing decides about it"
        yield Fault(f"{pointer}/conditions", message, code="nothing-critical")
    if step.minimum_duration >= step.maximum_duration:
        shortest, longest = map(format_duration, (step.minimum_duration, step.maximum_duration))
        message = f"the minimum of {shortest} is not shorter than the maximum of {longest}"
        yield Fault(f"{pointer}/minimumDuration", message, code="duration")
