"""What the shell offers at a TAB: contexts from the file, kinds, and names that the API knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import typer

from vamp.cli.failure import Exit, Failure
from vamp.cli.session import Given, Session
from vamp.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from vamp.cli.kind import Kind, Row

MOST_NAMES: Final = 500
"""A page: nobody looks through more, and the shell waits for them."""

PATIENCE_S: Final = 3.0
"""For all that is asked at one TAB."""

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
    """Offer the environments of the organisation, or of the one before a slash."""
    organisation, slash, name = incomplete.rpartition("/")
    session = session_at(ctx)
    if slash:
        session = session.within(organisation=organisation)
    return [f"{organisation}{slash}{each}" for each in names(session, "environment", name)]


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
    if not kind.has_details or kind.is_single:
        return []  # no command needs the name of one
    return [name for name in names(session_at(ctx), kind.name, incomplete) if name not in words[1:]]


def named(kind: str, **query: str) -> Completion:
    """Return what offers the names of things of one kind, of those alone that `query` asks for."""

    def offered(ctx: typer.Context, incomplete: str) -> Sequence[str]:
        return names(session_at(ctx), kind, incomplete, **query)

    return offered


def names(session: Session, kind: str, incomplete: str, **query: str) -> Sequence[str]:
    """Return the names that begin so; none where the API does not give them at once.

    A shell writes what all that is offered begins with. So what is offered of more than a page has
    to begin alike as the whole does: it is the first and the last page of a list in the order of
    names, of any other list all of it, or else nothing.
    """
    from vamp.cli.kinds import kind_named

    known = kind_named(kind)
    is_short = known.name == "user" and bool(incomplete) and "/" not in incomplete
    try:
        rows = list(_rows(session, known, query | _begins(known, incomplete)))
    except (Failure, ValueError):
        return []
    found = [known.name_of(row) for row in rows]
    return _beginning([_short(name) for name in found] if is_short else found, incomplete)


def _short(login: str) -> str:
    return login.rpartition("/")[2]


def _begins(kind: Kind, incomplete: str) -> dict[str, str]:
    begins = _short(incomplete) if kind.name == "user" else incomplete
    return {"begins": begins} if begins and "begins" in kind.filters else {}


def _rows(session: Session, kind: Kind, query: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of what is offered.

    Raises:
        Failure: the server refused it, or there is more than it answers in time.
    """
    ends = session.around.clock() + PATIENCE_S
    if not kind.is_paged:
        found = _answer(session, kind, query, ends)
        yield from (found["results"] if isinstance(found, dict) else found)
        return
    first = _answer(session, kind, {**query, "per_page": MOST_NAMES}, ends)
    yield from first["results"]
    if not first["next"]:
        return
    last = -(-first["count"] // MOST_NAMES)
    for number in [last] if kind.is_by_name else range(2, last + 1):
        page = {**query, "per_page": MOST_NAMES, "page": number}
        yield from _answer(session, kind, page, ends)["results"]


def _answer(session: Session, kind: Kind, query: Mapping[str, Any], ends: float) -> Any:
    # Once and shortly: a shell that hangs at a TAB is worse than one that offers nothing.
    left_s = ends - session.around.clock()
    if left_s <= 0:
        raise Failure("it takes too long", Exit.UNREACHABLE)
    path = kind.list_path(session)
    return session.api.send("GET", path, query=query, read_s=left_s, attempts=1).json()


def _beginning(candidates: Iterable[str], incomplete: str) -> list[str]:
    return [each for each in candidates if each.startswith(incomplete)]
