"""What documents would change, as a unified diff of what is there and what would be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vamp.cli.applying import apply_documents, held
from vamp.cli.documents import Document
from vamp.cli.failure import Exit, Failure
from vamp.cli.kind import Scope
from vamp.cli.output import as_yaml
from vamp.cli.resources import Outcome
from vamp.cli.session import Session

HIDDEN: Final = frozenset({"password", "value", "text", "token"})
"""Keys whose values never stand in a diff."""

_STAMPS: Final = frozenset({"created_at", "changed_at", "joined_at", "organisation", "kind", "id"})


@dataclass(frozen=True, slots=True)
class Difference:
    """What one document would change.

    Attributes:
        what: the thing, such as ``Gateway acme/production/shop``.
        before: its YAML as it is, empty where there is none; after: as it would be.
    """

    what: str
    before: str
    after: str

    def lines(self) -> Sequence[str]:
        """Return the lines of a unified diff; none where nothing would change."""
        return list(
            difflib.unified_diff(
                self.before.splitlines(),
                self.after.splitlines(),
                f"{self.what} (as it is)",
                f"{self.what} (as it would be)",
                lineterm="",
            )
        )


def differences(session: Session, documents: Iterable[Document]) -> Sequence[Difference]:
    """Return what each document would change. Sends dry runs, changes nothing.

    Raises:
        Failure: with every fault, as `apply_documents` would find it.
    """
    outcomes = apply_documents(session, documents, is_dry_run=True)
    return [_difference(session, outcome) for outcome in outcomes]


def _difference(session: Session, outcome: Outcome) -> Difference:
    if outcome.placed.kind.scope is Scope.ENVIRONMENT:
        return _of_document(session, outcome)
    return Difference(str(outcome.placed), _text(outcome.before), _text(outcome.after))


def _of_document(session: Session, outcome: Outcome) -> Difference:
    """Compare with what the server makes of it, which fills in names and units."""
    placed = outcome.placed
    inside = placed.session(session)
    path = placed.kind.path(inside, placed.name)
    if outcome.outcome == "unchanged":
        return Difference(str(placed), "", "")
    before = held(inside, path) if outcome.outcome == "changed" else None
    body: Any = {**placed.body, "name": placed.name}
    try:
        after = inside.api.answer("PUT", path, body, query={"dry_run": True})["document"]
    except Failure as failure:
        # Alone it may lack what comes with it in the same files; those were rehearsed together.
        if failure.exit is Exit.UNREACHABLE:
            raise
        after = body
    return Difference(str(placed), _text(before and before["document"]), _text(after))


def _text(value: Any) -> str:
    if value is None:
        return ""
    shown = {
        key: "…" if key in HIDDEN and inner else inner
        for key, inner in value.items()
        if key not in _STAMPS
    }
    return as_yaml(shown)
