"""What can be said of a document in spite of its faults, so that one look tells everything."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from vamp.documents.source import Source, pointer_steps
from vamp.documents.validation import examined
from vamp.errors import Fault

M = TypeVar("M", bound=BaseModel)


def salvaged(
    model: type[M], source: Source, faults: Iterable[Fault], stand_ins: Mapping[str, Any]
) -> M | None:
    """Return the document without the values that `faults` name, or None if too little is left.

    The result serves to find further faults and for nothing else. Places in lists stay the same.

    Args:
        model: of the document.
        source: the document as it was sent; not changed.
        faults: what `examined` found in it.
        stand_ins: pointer → value that takes the place of one refused or missing.
    """
    value = copy.deepcopy(source.value)
    for attempt in range(3):
        for fault in faults:
            _mend(value, fault, stand_ins, is_harsh=attempt > 0)
        found, faults = examined(model, Source.of(value))
        if found is not None:
            return found
    return None


def touches(pointer: str, doubtful: Iterable[str]) -> bool:
    """Return whether one of the doubtful values is at, above or below `pointer`."""
    return any(
        f"{pointer}/".startswith(f"{other}/") or f"{other}/".startswith(f"{pointer}/")
        for other in doubtful
    )


def _mend(
    value: dict[str, Any], fault: Fault, stand_ins: Mapping[str, Any], *, is_harsh: bool
) -> None:
    if fault.pointer in stand_ins:
        value[fault.pointer.removeprefix("/")] = stand_ins[fault.pointer]
        return
    steps = pointer_steps(fault.pointer)
    if fault.code == "missing":
        steps = steps[:-1]
    above = _at(value, steps[:-1])
    if is_harsh and isinstance(above, list):
        steps = steps[:-1]
        above = _at(value, steps[:-1])
    if isinstance(above, dict) and steps:
        above.pop(steps[-1], None)
    elif isinstance(above, list) and int(steps[-1]) < len(above):
        # An item cannot be left out without moving those behind it.
        above[int(steps[-1])] = {}


def _at(value: Any, steps: Iterable[str]) -> Any:
    for step in steps:
        value = _below(value, step)
    return value


def _below(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and int(step) < len(value):
        return value[int(step)]
    return None
