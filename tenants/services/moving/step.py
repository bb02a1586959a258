"""What a step of a move is given, and how it says that it has to wait or cannot go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from tenants.models import Environment, StorageMove
from tenants.services.holding import Hold
from vamp.databases import DEFAULT


class NotYet(Exception):
    """The step has to wait for something; it is tried again by the next sweep."""


class CannotGoOn(Exception):
    """The move ends here: what it met is not going to pass by itself. Fit to show."""


@dataclass(slots=True)
class Course:
    """One run of a move's steps, by one process.

    Attributes:
        move: the row, saved by `note` and at each step's beginning.
        environment: as it was read for this run.
        hold: the right to work; `beat` keeps it.
        passing: told each point at which a crash would leave something half done; tests end there.
    """

    move: StorageMove
    environment: Environment
    hold: Hold
    passing: Callable[[str], None] = field(default=lambda point: None)

    @property
    def names(self) -> tuple[str, str]:
        """Organisation and environment."""
        return self.environment.organisation.name, self.environment.name

    def note(self, *, done: int | None = None, total: int | None = None, **facts: Any) -> None:
        """Save how far it is, and what a later step needs to know.

        What somebody said of the move meanwhile (that it may end, or shall be given up) is kept.
        """
        if done is not None:
            self.move.done = done
        if total is not None:
            self.move.total = total
        with transaction.atomic(using=DEFAULT):
            rows = StorageMove.objects.using(DEFAULT).select_for_update().filter(pk=self.move.pk)
            held = rows.values_list("facts", flat=True).first() or {}
            self.move.facts = {**self.move.facts, **held, **facts}
            self.move.save(update_fields=["done", "total", "facts", "changed_at"])

    def fact(self, name: str, otherwise: Any = None) -> Any:
        """Return what `note` kept."""
        return self.move.facts.get(name, otherwise)


Step = Callable[[Course], None]
Steps = Mapping[str, Step]
"""Name → step, in their order. Each can be done again from its beginning."""


@dataclass(frozen=True, slots=True)
class Road:
    """How a kind of store is moved.

    Attributes:
        steps: see `Steps`.
        undo: takes back what the steps did, before the environment was switched; idempotent.
        switched_by: the step that switches.
        follows_from: the step at which the move is in use and the old store is kept in step, until
            somebody says that it may end; empty where it ends by itself.
        keep: done by each sweep while it follows; may note ``may_end``.
    """

    steps: Steps
    undo: Step
    switched_by: str
    follows_from: str = ""
    keep: Step = field(default=lambda course: None)

    def names_from(self, step: str) -> Sequence[str]:
        """Return the steps from `step` on; all of them for a step that is none."""
        names = [*self.steps]
        return names[names.index(step) :] if step in names else names
