"""``vamp get`` and ``vamp describe``: what there is."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from vamp.cli.commands.events import read_events
from vamp.cli.completing import kinds_and_names
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.kind import Kind
from vamp.cli.kinds import kind_and_name, kind_and_names_here
from vamp.cli.session import Session
from vamp.cli.wording import moment

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="KIND [NAME]",
        help="Kind, then names: `gateways`, `gateway shop`, `gateway/shop`, `release shop/3`.",
        autocompletion=kinds_and_names,
        show_default=False,
    ),
]
Filters = Annotated[
    Optional[list[str]],  # noqa: UP045  (typer reads it)
    typer.Option(
        "--filter", metavar="NAME=VALUE", show_default=False,
        help="Narrow a list, such as status=running; again for more.",
    ),
]  # fmt: skip
Most = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option("--limit", min=1, help="Show at most so many of a list.", show_default=False),
]

UNBOUNDED = frozenset({"event", "audit", "organisation-audit"})
"""Lists that grow for ever: without a limit only so many are shown."""

ENOUGH = 50


def get(session: Session, words: Words, filters: Filters = None, limit: Most = None) -> None:
    """Show things of a kind: all of them, or those named.

    Kinds: organisations, environments, users, groups, roles, bindings, tokens, databases, locks,
    deletions, sign-in-policy, single-sign-on, secrets, connections, stores, moves, gateways,
    services, agents, policies, releases, events, dead-letters, audit; organisation-audit, organisation-connections and
    organisation-secrets for what is the organisation's own; sessions for yours.
    """
    kind, names = kind_and_name(words)
    if names:
        rows = [looked_up(session, kind, name) for name in names]
        is_single = len(rows) == 1 and not session.out.is_for_people
        if is_single and session.output != "name":
            session.out.value(rows[0])
        else:
            session.out.rows(kind, rows)
        return
    session.out.rows(kind, listed(session, kind, filters or [], limit))


def looked_up(session: Session, kind: Kind, name: str) -> Any:
    """Return one thing; a binding, whose address shows nothing, is found in the list.

    Raises:
        Failure: there is none.
    """
    if kind.is_single:
        kind.path(session, name)  # refuses another's name
        found = next(kind.rows(session), None)
        if found is None:
            raise Failure(f"There is no {kind.name} in {session.organisation}.", Exit.NOT_FOUND)
        return found
    if kind.name != "binding":
        return session.api.get(kind.path(session, name))
    for row in session.api.pages(kind.list_path(session)):
        if kind.name_of(row) == name:
            return row
    raise Failure(f"There is no {kind.name} {name} in {session.organisation}.", Exit.NOT_FOUND)


def listed(session: Session, kind: Kind, filters: list[str], limit: int | None) -> list[Any]:
    """Return the rows of a list.

    Raises:
        Failure: a filter is not NAME=VALUE, or is not known.
    """
    query = dict(filter_of(kind, text) for text in filters)
    if kind.name == "event":
        after = query.get("after", "0")
        if not after.isdecimal():
            raise misused(f"--filter after={after}: a position is wanted, such as after=17")
        return read_events(session, query.get("subject", ""), int(after), limit or ENOUGH)
    most = limit or (ENOUGH if kind.name in UNBOUNDED else None)
    return list(kind.rows(session, most=most, **query))


def filter_of(kind: Kind, text: str) -> tuple[str, str]:
    """Return name and value of a filter.

    Raises:
        Failure: see `listed`.
    """
    name, equals, value = text.partition("=")
    known = ("after", "subject") if kind.name == "event" else kind.filters
    if not equals:
        raise misused(f"--filter {text}: NAME=VALUE is wanted, such as name=shop")
    if name not in known:
        there_are = ", ".join(known) or "none"
        raise misused(f"{kind.plural} have no filter {name}; there are: {there_are}")
    return name, value


def describe(session: Session, words: Words) -> None:
    """Tell all that is known of one or more things, with what belongs to them."""
    kind, names = kind_and_names_here(session, words)
    if not names:
        raise misused(f"which {kind.name}? `vamp get {kind.plural}` lists them")
    for number, name in enumerate(names):
        row = dict(looked_up(session, kind, name))
        if session.out.is_for_people and number:
            session.out.write("\n")
        session.out.one(kind, _told(session, kind, name, row))


def _told(session: Session, kind: Kind, name: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return what the API says, with what it says elsewhere of the same thing."""
    if kind.name == "gateway":
        releases = session.api.pages(f"{kind.path(session, name)}/releases", most=5)
        row["releases"] = [_release_line(session, each) for each in releases]
    elif kind.name == "environment":
        inside = session.within(environment=name)
        row["status"] = inside.api.get(f"{kind.path(session, name)}/status")
    return row


def _release_line(session: Session, release: dict[str, Any]) -> Any:
    if not session.out.is_for_people:
        return release
    way = f"{release['source_version']} to {release['target_version']}"
    return {
        "release": f"{release['gateway']}/{release['number']}",
        "versions": way,
        "status": release["status"],
        "since": moment(release["started_at"]),
    }
