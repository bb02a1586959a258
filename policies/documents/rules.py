"""What must hold between the keys of a policy document, each broken rule as a fault in its place.

As far as they can be, rules are looked at piece by piece, so that whoever misspells a key is told
about the weights in the same answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from policies.documents.condition_rules import condition_faults, number_faults
from policies.documents.model import NamedLimit, PolicyDocument, StepDocument
from policies.documents.pieces import StepPieces, baselines_in, steps_in
from policies.documents.plan import plan, step_name
from policies.documents.step_rules import step_faults
from policies.domain.policy import WHOLE, Condition, Step
from vamp.documents.source import Source, pointer_of
from vamp.documents.units import format_duration, format_percent
from vamp.errors import Fault


def broken_rules(source: Source, document: PolicyDocument | None) -> Iterator[Fault]:
    """Yield every rule that a document breaks, mostly without line and column.

    Args:
        source: the document as it was sent.
        document: the same, or None where it is malformed; then its sound pieces are looked at.
    """
    baselines, steps = baselines_in(source), steps_in(source)
    for name, baseline in baselines.items():
        if baseline is not None:
            pointer = pointer_of(["baselines", name, "value"])
            yield from number_faults(pointer, baseline.metric, baseline.value)
    for step in steps:
        yield from step_faults(source, step)
        for pointer, condition in step.conditions:
            yield from condition_faults(pointer, condition, baselines)
    yield from _falling_faults(steps)
    if document is None:
        return
    yield from _unique_step_names(document.steps)
    yield from _ending_faults(document)
    if _has_all_baselines(document):
        yield from _timing_faults(document)


def _falling_faults(steps: Sequence[StepPieces]) -> Iterator[Fault]:
    for before, step in pairwise(each for each in steps if each.target_weight is not None):
        highest, weight = before.target_weight or 0, step.target_weight or 0
        if weight < highest:
            shown = f"{format_percent(highest)} to {format_percent(weight)}"
            message = f"the target falls from {shown}, which would take users off it"
            pointer = f"{step.pointer}/target/weight"
            yield Fault(pointer, message, "give it no less than before", code="falling-weight")


def _unique_step_names(steps: Sequence[StepDocument]) -> Iterator[Fault]:
    counts = Counter(step_name(step, index) for index, step in enumerate(steps))
    for index, step in enumerate(steps):
        if step.name and counts[step.name] > 1:
            message = f"another step is called {step.name!r} too"
            yield Fault(f"/steps/{index}/name", message, code="duplicate-name")


def _ending_faults(document: PolicyDocument) -> Iterator[Fault]:
    last = document.steps[-1].target
    if document.promote and not (last.weight == WHOLE and last.condition is None):
        message = "the last step does not give the target 100%, so promotion would be a blind jump"
        hint = "add a step with a target of 100% and no condition, or write promote: false"
        pointer = f"/steps/{len(document.steps) - 1}/target"
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
