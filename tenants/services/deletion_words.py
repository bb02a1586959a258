"""How far a deletion is, for people: its steps, each with its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
