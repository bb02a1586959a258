"""Deletions in words: the steps of one, each with its state, and what goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenants.models import Deletion
from tenants.services.deletion import SKIPPABLE
from tenants.services.deletion_steps import ORGANISATION_STEPS, STEPS


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step.

    Attributes:
        name: stable; words: what it does.
        state: ``done``, ``skipped``, ``running``, ``waiting`` or ``next``.
        may_be_skipped: a person may leave it out now.
    """

    name: str
    words: str
    state: str
    may_be_skipped: bool


def steps_of(deletion: Deletion) -> Sequence[StepWords]:
    """Return the steps of a deletion in their order. No query."""
    steps = STEPS if deletion.environment else ORGANISATION_STEPS
    return [
        StepWords(step.name, step.words, state, state == "waiting" and step.name in SKIPPABLE)
        for step in steps
        for state in [_state(deletion, step.name)]
    ]


def _state(deletion: Deletion, name: str) -> str:
    if name in deletion.steps_skipped:
        return "skipped"
    if name in deletion.steps_done:
        return "done"
    if name == deletion.step:
        return "waiting" if deletion.waits_for else "running"
    return "next"


def goes_of(seen: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what goes, for people: what, and how much of it."""
    for name, each in seen.get("environments", {}).items():
        rows = sum(each["rows"].values())
        yield f"environment {name}", f"{rows} rows, {_count(each['keys'])} keys"
    yield from ((kind, str(count)) for kind, count in seen.get("rows", {}).items())
    if "keys" in seen:
        yield "entries of the key-value store", _count(seen["keys"])
    if indices := seen.get("indices"):
        yield (
            f"indices: {', '.join(indices[:6])}{' …' if len(indices) > 6 else ''}",
            str(len(indices)),
        )
    yield from ((f"events under {subject}", "all") for subject in seen.get("subjects", []))
    if "people" in seen:
        yield "people", str(seen["people"])
    if "tokens" in seen:
        yield "tokens", str(seen["tokens"])


def _count(count: int | None) -> str:
    return "not known" if count is None else str(count)
