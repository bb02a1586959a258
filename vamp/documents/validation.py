"""Holds a document against its pydantic model and tells every fault in plain words."""

from __future__ import annotations

import json
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from vamp.documents.known_keys import known_keys, nearest
from vamp.documents.source import Source, pointer_of
from vamp.errors import Fault, Invalid

M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """Base of every document model: frozen, unknown keys refused, no value converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def validated(model: type[M], source: Source) -> M:
    """Return the document as an instance of its model.

    Raises:
        Invalid: with one fault for each thing that is wrong, placed where the source has text.
    """
    found, faults = examined(model, source)
    if found is None:
        raise Invalid(faults=faults)
    return found


def examined(model: type[M], source: Source) -> tuple[M | None, tuple[Fault, ...]]:
    """Return the document and no faults, or None and all its faults.

    For callers that gather the faults of several documents before they raise.
    """
    try:
        text = json.dumps(source.value, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        return None, (Fault("", f"cannot be written as JSON: {error}", code="json"),)
    try:
        return model.model_validate_json(text), ()
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, tuple(_fault(model, source, detail) for detail in details)


def _fault(model: type[BaseModel], source: Source, detail: ErrorDetails) -> Fault:
    steps = _real_steps(source.value, detail["loc"], missing=detail["type"] == "missing")
    pointer = pointer_of(steps)
    context: dict[str, Any] = detail.get("ctx", {})
    if detail["type"].startswith("vamp."):
        code = detail["type"].removeprefix("vamp.")
        offset = context["offset"] if context["offset"] >= 0 else None
        fault = Fault(pointer, context["message"], context["hint"], code=code)
        return source.located(fault, offset=offset)
    if detail["type"] == "extra_forbidden":
        return source.located(_unknown_key(model, steps), at_key=True)
    if detail["type"] == "missing":
        return source.located(Fault(pointer, f"`{steps[-1]}` is missing", code="missing"))
    if detail["type"] in ("literal_error", "enum"):
        return source.located(_not_among(pointer, detail["input"], context))
    if detail["type"] in _BOUNDS:
        bound, key = _BOUNDS[detail["type"]]
        return source.located(
            Fault(pointer, f"must be {bound} {context[key]}", code="out-of-range")
        )
    expected = _EXPECTED.get(detail["type"])
    if expected is not None:
        return source.located(_wrong_type(source, pointer, detail["input"], expected))
    return source.located(Fault(pointer, _sentence(detail["msg"]), code=detail["type"]))


_BOUNDS: Final = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
}
_EXPECTED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def _real_steps(value: Any, location: tuple[str | int, ...], *, missing: bool) -> list[str | int]:
    # pydantic puts names of union members and validators into a location; they are in no document.
    steps: list[str | int] = []
    for position, step in enumerate(location):
        last = position == len(location) - 1
        if isinstance(value, dict) and step in value:
            value = value[str(step)]
            steps.append(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
            steps.append(step)
        elif last and missing:
            steps.append(step)
    return steps


def _unknown_key(model: type[BaseModel], steps: list[str | int]) -> Fault:
    key = str(steps[-1])
    known = known_keys(model, steps[:-1])
    close = nearest(key, known)
    hint = f"did you mean `{close}`?" if close else "known keys: " + ", ".join(sorted(known))
    return Fault(pointer_of(steps), f"unknown key `{key}`", hint, code="unknown-key")


def _not_among(pointer: str, value: Any, context: dict[str, Any]) -> Fault:
    expected = str(context.get("expected", ""))
    allowed = tuple(word.strip("'") for word in expected.replace(" or ", ", ").split(", "))
    close = nearest(value, allowed) if isinstance(value, str) else ""
    message = f"{_shown(value)} is not one of {', '.join(allowed)}"
    if len(allowed) == 1:
        message = f"{_shown(value)} is not {allowed[0]}"
    return Fault(
        pointer, message, f"did you mean {close}?" if close else "", code="not-allowed-value"
    )


def _wrong_type(source: Source, pointer: str, value: Any, expected: str) -> Fault:
    hint = ""
    if expected == "text" and isinstance(value, int | float):
        typed = source.written(pointer) or json.dumps(value)
        hint = f'put it in quotes: "{typed}"'
    return Fault(pointer, f"must be {expected}, not {_shown(value)}", hint, code="wrong-type")


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:]
