"""What must hold within one condition: operator, metric and baseline make sense together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from policies.documents.model import (
    BaselineDocument,
    ConditionDocument,
    NamedLimit,
    SourceLimit,
)
from policies.domain.metric import METRICS, Better, Metric, Unit
from policies.domain.policy import Operator
from policies.domain.wording import number
from vamp.documents.known_keys import nearest
from vamp.errors import Fault

Baselines = Mapping[str, BaselineDocument | None]
"""The policy's named baselines; None stands for one that is malformed and reported elsewhere."""

_HIGH = (Operator.AT_LEAST, Operator.ABOVE)
_LOW = (Operator.AT_MOST, Operator.BELOW)


def condition_faults(
    pointer: str, condition: ConditionDocument, baselines: Baselines
) -> Iterator[Fault]:
    """Yield what is senseless in the condition at `pointer`."""
    operator = list(_operator_faults(pointer, condition))
    yield from operator
    limit = condition.baseline
    if isinstance(limit, SourceLimit):
        yield from _source_faults(pointer, condition, limit)
    elif isinstance(limit, NamedLimit):
        yield from _named_faults(pointer, condition, limit, baselines)
    else:
        yield from number_faults(f"{pointer}/baseline", condition.metric, limit)
    value = _value(limit, baselines)
    if value is not None and not operator:
        yield from _reach_faults(pointer, condition, value)


def number_faults(pointer: str, metric: str, value: float) -> Iterator[Fault]:
    """Yield a fault where no traffic could ever have `value` for `metric`."""
    unit, highest = METRICS[metric].unit, METRICS[metric].highest
    if unit is Unit.RATIO and not 0 <= value <= highest:
        hint = f"write {number(value / 100)} for {number(value)} %" if 1 < value <= 100 else ""
        yield Fault(pointer, f"{metric} is a ratio, from 0 to 1", hint, code="baseline")
    elif value < 0 or (unit is Unit.MILLISECONDS and value == 0):
        yield Fault(pointer, f"{metric} is never {number(value)} {unit.value}", code="baseline")
    elif value > highest:
        message = f"{metric} is measured up to {number(highest)} ms only"
        yield Fault(pointer, message, code="baseline")


def _operator_faults(pointer: str, condition: ConditionDocument) -> Iterator[Fault]:
    metric, operator = METRICS[condition.metric], condition.operator
    message = ""
    if metric.better is Better.LOWER and operator in _HIGH:
        message, hint = (
            f"{metric.name} {operator.value} would ask for more, and less is better",
            "<=",
        )
    elif metric.better is Better.HIGHER and operator in _LOW:
        message, hint = (
            f"{metric.name} {operator.value} would ask for less, and more is better",
            ">=",
        )
    elif operator is Operator.EXACTLY and not _is_best(metric, condition):
        hint = ">=" if metric.better is Better.HIGHER else "<="
        message = f"{metric.name} is measured and will hardly ever be exactly a number"
    else:
        return
    yield Fault(f"{pointer}/operator", message, f"write {hint}", code="senseless-operator")


def _is_best(metric: Metric, condition: ConditionDocument) -> bool:
    return (metric.name, condition.baseline) in (("success_ratio", 1), ("error_ratio", 0))


def _source_faults(
    pointer: str, condition: ConditionDocument, limit: SourceLimit
) -> Iterator[Fault]:
    ratio, place = limit.source.ratio, f"{pointer}/baseline/source"
    if ratio is None and limit.source.difference is None:
        message = "say how much worse than the source the target may be"
        yield Fault(place, message, "write a ratio or a difference", code="baseline")
    elif ratio is not None and ratio > 1 and condition.metric == "success_ratio":
        message = "more than the source's success_ratio can be more than 1"
        yield Fault(f"{place}/ratio", message, "write a ratio of at most 1", code="baseline")


def _named_faults(
    pointer: str, condition: ConditionDocument, limit: NamedLimit, baselines: Baselines
) -> Iterator[Fault]:
    name, place = limit.baseline, f"{pointer}/baseline/baseline"
    if name not in baselines:
        close = nearest(name, baselines)
        known = "baselines of this policy: " + (", ".join(baselines) or "none")
        hint = f"did you mean {close}?" if close else known
        yield Fault(place, f"there is no baseline {name!r}", hint, code="unknown-baseline")
        return
    found = baselines[name]
    if found is not None and found.metric != condition.metric:
        message = f"baseline {name!r} is for {found.metric}, not for {condition.metric}"
        yield Fault(place, message, code="baseline")


def _value(limit: float | NamedLimit | SourceLimit, baselines: Baselines) -> float | None:
    if isinstance(limit, SourceLimit):
        return None
    if isinstance(limit, NamedLimit):
        found = baselines.get(limit.baseline)
        return None if found is None else found.value
    return limit


def _reach_faults(pointer: str, condition: ConditionDocument, value: float) -> Iterator[Fault]:
    metric, operator = METRICS[condition.metric], condition.operator
    lowest, highest = 0.0, 1.0
    shown = f"{metric.name} {operator.value} {number(value)}"
    place = f"{pointer}/baseline"
    if metric.unit is not Unit.RATIO:
        return
    if (operator, value) in ((Operator.AT_LEAST, lowest), (Operator.AT_MOST, highest)):
        yield Fault(place, f"{shown} always holds, so it is no evidence", code="always-holds")
    elif (operator, value) in ((Operator.ABOVE, highest), (Operator.BELOW, lowest)):
        yield Fault(place, f"{shown} can never hold", code="never-holds")
