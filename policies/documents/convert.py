"""The three formats of policies that earlier products had, turned into today's.

They are told apart from ours by having no ``kind``, and are read alike, for their keys do not
collide. What each key becomes, and what has no counterpart, is in ``docs/policies.md``; all that a
conversion changed or left out is told in its notes, for a person to look through.
"""

from __future__ import annotations

from typing import Any, Final

from policies.documents.convert_conditions import Conditions
from policies.documents.convert_hooks import converted_hooks
from policies.documents.notes import Notes
from vamp.documents.source import Source
from vamp.errors import Invalid

GUARD: Final = {"name": "health", "metric": "success_ratio", "operator": ">=", "baseline": 0.97}
"""Stands in for the health check that every step had without saying so; the number is the baseline
that the published policies of that time give to health."""

_DROPPED: Final = {
    "maxStartRetries": "a release waits until its split is live",
    "id": "policies are known by name",
    "version": "versions are counted when a policy is stored",
    "segmentation": "it was only a label",
}


def is_historic(value: dict[str, Any]) -> bool:
    """Tell whether a document is in one of the earlier formats."""
    return "kind" not in value and "steps" in value


def converted(source: Source, *, name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return today's document, which is yet to be validated, and the notes on what became of it.

    Args:
        source: the historic document.
        name: for a policy that has none.

    Raises:
        Invalid: with a fault for everything in it that cannot be understood.
    """
    notes = Notes(source)
    value = source.value
    if value.get("type", "release") != "release":
        message = f"policies of type {value['type']!r} shape no traffic and are not known here"
        notes.fault("/type", message, "write release")
    conditions = Conditions(value, notes)
    steps = _steps(value, conditions, notes)
    result: dict[str, Any] = {"kind": "ReleasePolicy", "name": value.get("name", name)}
    if "gracePeriod" in value:
        result["gracePeriod"] = value["gracePeriod"]
    if steps and _percentage(steps[-1]["target"]["weight"]) != "100%":
        result["promote"] = False
        notes.note("", "the last step does not give the target 100 %, so `promote` is false")
    result["steps"] = steps
    hooks = converted_hooks(value, notes)
    if hooks:
        result["hooks"] = hooks
    known = {"name", "type", "gracePeriod", "steps", "metrics", "baselines", "conditions"}
    _note_unknown(value, known | {"onSuccess", "onFailure"}, "", notes)
    notes.note("", "each condition needs 100 samples unless you give `minimumSamples`")
    if notes.faults:
        raise Invalid(faults=notes.faults)
    return result, notes.sentences


def _note_unknown(value: dict[str, Any], known: set[str], place: str, notes: Notes) -> None:
    for key in [key for key in value if key not in known]:
        why = _DROPPED.get(key, "it is not known")
        notes.note(f"{place}/{key}", f"`{key}` is left out: {why}")


def _steps(value: dict[str, Any], conditions: Conditions, notes: Notes) -> list[dict[str, Any]]:
    raw = value["steps"]
    if not isinstance(raw, list) or not all(isinstance(step, dict) for step in raw):
        notes.fault("/steps", "must be a list of steps")
        return []
    found = [_step(step, f"/steps/{index}", conditions, notes) for index, step in enumerate(raw)]
    steps = [step for step in found if step is not None]
    if not steps and not notes.faults:
        notes.fault(
            "/steps", "no step gives the target any traffic, so there is nothing to release"
        )
    return steps


def _step(
    step: dict[str, Any], place: str, conditions: Conditions, notes: Notes
) -> dict[str, Any] | None:
    target = _target(step, place, notes)
    known = {"name", "source", "target", "duration", "endAfter", "conditions"}
    _note_unknown(step, known, place, notes)
    found = conditions.of_step(step, place)
    if target is None:
        return None
    if target["weight"] == "0%" and "condition" not in target:
        notes.note(place, "the step is left out: its target gets no traffic to be judged by")
        return None
    result: dict[str, Any] = {"name": step["name"]} if "name" in step else {}
    result["target"] = target
    duration = conditions.duration(step, place)
    if duration is not None:
        result["minimumDuration"] = duration
    if not found:
        found = [dict(GUARD)]
        notes.note(place, "success_ratio >= 0.97 stands in for the health check of the step")
    result["conditions"] = found
    return result


def _target(step: dict[str, Any], place: str, notes: Notes) -> dict[str, Any] | None:
    target, source = step.get("target"), step.get("source", {})
    if not isinstance(target, dict) or not isinstance(source, dict) or "weight" not in target:
        notes.fault(f"{place}/target", "a step needs `target: {weight: …}`")
        return None
    weights = (_percentage(target["weight"]), _percentage(source.get("weight", 0)))
    if "source" in step and _total(target["weight"], source.get("weight", 0)) != 100:
        message = f"source and target have {weights[1]} and {weights[0]}, and not 100 % together"
        notes.fault(f"{place}/source/weight", message)
    result = {"weight": weights[0]}
    if target.get("condition"):
        result["condition"] = conditions_words(str(target["condition"]))
        if "conditionStrength" in target:
            result["strength"] = _percentage(target["conditionStrength"])
    return result


def conditions_words(text: str) -> str:
    """Return a target's condition in today's words: ``cookie: vamp exists`` → ``has cookie vamp``."""
    kind, colon, rest = text.partition(":")
    name = rest.strip().removesuffix(" exists").strip()
    if colon and kind.strip() in ("cookie", "header") and rest.strip().endswith(" exists"):
        return f"has {kind.strip()} {name}"
    return text


def _percentage(weight: object) -> str:
    return weight if isinstance(weight, str) else f"{weight}%"


def _total(*weights: object) -> float | None:
    numbers = [each for each in weights if isinstance(each, int | float)]
    return sum(numbers) if len(numbers) == len(weights) else None
