"""The sound pieces of a document that may be malformed elsewhere.

A misspelt key in one place must not hide that the weights of the same step do not total, so rules
look at pieces: each is read by itself, and what is malformed in it is left out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from policies.documents.condition_rules import Baselines
from policies.documents.model import (
    BaselineDocument,
    ConditionDocument,
    SourceShare,
    StepDocument,
    TargetShare,
)
from vamp.documents.source import Source, pointer_steps
from vamp.documents.yaml import examined

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class StepPieces:
    """What is sound of one step.

    Attributes:
        pointer: to the step.
        whole: the step, where nothing in it is malformed.
        target: its target, where nothing in that is.
        target_weight: hundredths of a percent, where that much can be read.
        source_weight: likewise; None also where the document leaves it out.
        conditions: pointer and condition, without keys that are malformed.
    """

    pointer: str
    whole: StepDocument | None
    target: TargetShare | None
    target_weight: int | None
    source_weight: int | None
    conditions: tuple[tuple[str, ConditionDocument], ...]


def steps_in(source: Source) -> tuple[StepPieces, ...]:
    """Return the pieces of every step of a document, in order."""
    steps = enumerate(_items(source.value, "steps"))
    return tuple(_pieces(f"/steps/{index}", raw) for index, raw in steps)


def baselines_in(source: Source) -> Baselines:
    """Return the document's named baselines, None for those that are malformed."""
    found = source.value.get("baselines")
    named = found if isinstance(found, dict) else {}
    return {name: whole(BaselineDocument, raw) for name, raw in named.items()}


def whole(model: type[M], raw: object) -> M | None:
    """Return `raw` as an instance of `model`, or None if anything in it is malformed."""
    return examined(model, Source.of(raw))[0] if isinstance(raw, dict) else None


def _pieces(pointer: str, raw: object) -> StepPieces:
    step = raw if isinstance(raw, dict) else {}
    target = _sound(TargetShare, step.get("target"))
    source = _sound(SourceShare, step.get("source"))
    conditions = [
        (f"{pointer}/conditions/{index}", _sound(ConditionDocument, each))
        for index, each in enumerate(_items(step, "conditions"))
    ]
    return StepPieces(
        pointer=pointer,
        whole=whole(StepDocument, raw),
        target=whole(TargetShare, step.get("target")),
        target_weight=None if target is None else target.weight,
        source_weight=None if source is None else source.weight,
        conditions=tuple((place, each) for place, each in conditions if each is not None),
    )


def _sound(model: type[M], raw: object) -> M | None:
    """Return `raw` without those of its keys that are unknown or malformed, if that can be."""
    if not isinstance(raw, dict):
        return None
    found, faults = examined(model, Source.of(raw))
    if found is not None:
        return found
    malformed = {pointer_steps(fault.pointer)[0] for fault in faults if fault.pointer}
    return whole(model, {key: value for key, value in raw.items() if key not in malformed})


def _items(raw: Mapping[str, Any], key: str) -> list[Any]:
    found = raw.get(key)
    return found if isinstance(found, list) else []
