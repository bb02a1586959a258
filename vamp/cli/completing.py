"""What the shell offers at a TAB: contexts from the file, kinds, and names that the API knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import typer

from vamp.cli.failure import Failure
from vamp.cli.session import Given, Session
from vamp.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from vamp.cli.kind import Kind

MOST_NAMES: Final = 500
"""A page: nobody looks through more, and the shell waits for them."""

PATIENCE_S: Final = 3.0

Completion = Callable[[typer.Context, str], Iterable[str]]


def session_at(ctx: typer.Context) -> Session:
    """Return the session of a command line that is not finished yet."""
    given = Given()
    at: Any = ctx
    while at is not None:
        own = {
            name.removeprefix("given_"): value
            for name, value in at.params.items()
            if name.startswith("given_")
        }
        given = given.over(Given(**own))
        at = at.parent
    around = ctx.find_root().obj
    return Session(given, around if isinstance(around, Surroundings) else Surroundings())


def contexts(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Offer the contexts of the configuration file."""
    try:
        return _beginning(sorted(session_at(ctx).contexts.named), incomplete)
    except Failure:
        return []


def organisations(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Offer the organisations that the caller may see."""
    return names(session_at(ctx), "organisation", incomplete)


def environments(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Offer the environments of the organisation."""
    return names(session_at(ctx), "environment", incomplete)


def kinds_and_names(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Offer kinds first, and then names of things of that kind."""
    from vamp.cli.kinds import KINDS, kind_named

    words = list(ctx.params.get("words") or ())
    if not words:
        return _beginning([kind.plural for kind in KINDS], incomplete)
    try:
        kind = kind_named(words[0])
    except Failure:
        return []
    return [name for name in names(session_at(ctx), kind.name, incomplete) if name not in words[1:]]


def named(kind: str) -> Completion:
    """Return what offers the names of things of one kind."""

    def offered(ctx: typer.Context, incomplete: str) -> Sequence[str]:
        return names(session_at(ctx), kind, incomplete)

    return offered


def names(session: Session, kind: str, incomplete: str) -> Sequence[str]:
    """Return the names that begin so; none where the API does not give them at once."""
    from vamp.cli.kinds import kind_named

    known = kind_named(kind)
    try:
        # Once and shortly: a shell that hangs at a TAB is worse than one that offers nothing.
        found = session.api.send(
            "GET",
            known.list_path(session),
            query=_first_page(known, incomplete) if known.is_paged else None,
            read_s=PATIENCE_S,
            attempts=1,
        ).json()
    except (Failure, ValueError):
        return []
    rows = found["results"] if isinstance(found, dict) else found
    return _beginning([known.name_of(row) for row in rows], incomplete)


def _first_page(kind: Kind, incomplete: str) -> dict[str, Any]:
    """Return what asks for as many names as are offered: of those that may match, where it can."""
    narrowed = {"name": incomplete} if incomplete and "name" in kind.filters else {}
    return {"per_page": MOST_NAMES, **narrowed}


def _beginning(candidates: Iterable[str], incomplete: str) -> list[str]:
    return [each for each in candidates if each.startswith(incomplete)]
