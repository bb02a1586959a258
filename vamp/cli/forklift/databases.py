"""``forklift create``, ``update`` and ``add database``: SQL databases of an organisation's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from vamp.cli.completing import named
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.forklift.making import Verb
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session, secret_given
from vamp.cli.waiting import seconds_of
from vamp.cli.watching import Seen, Timeout, Wait, watched

Name = Annotated[str, typer.Argument(autocompletion=named("database"), show_default=False)]
Url = Annotated[
    Optional[str],  # noqa: UP045  (typer reads it)
    typer.Option(
        metavar="URL", show_default=False, help="mysql://user@host:port/name, or sqlite:///path."
    ),
]
Password = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(metavar="FILE|-", show_default=False, help="Holds the password."),
]
_WORDS = {Verb.CREATE: "Name", Verb.UPDATE: "Say how to reach", Verb.ADD: "Name, or reach anew,"}


def database(verb: Verb) -> Callable[..., None]:
    """Return the command that names a database, or changes how it is reached."""

    def change(
        session: Session,
        name: Name,
        url: Url = None,
        password_file: Password = None,
        wait: Wait = False,
        timeout: Timeout = "5m",
    ) -> None:
        seconds = seconds_of(timeout)
        given = {"url": url, "password": secret_given(session, password_file) or None}
        row = _changed(session, verb, name, {key: each for key, each in given.items() if each})
        if wait:
            row = _prepared(session, name, seconds)
        session.out.done(f"database {name} is {row['state']}", row, name=f"database/{name}")

    change.__doc__ = (
        f"{_WORDS[verb]} a SQL database of the organisation's own. For platform administrators.\n\n"
        "It must be empty; its tables are made in the background, and until it is ready no"
        " environment can lie there."
    )
    return change


def _changed(session: Session, verb: Verb, name: str, given: dict[str, Any]) -> Any:
    kind = kind_named("database")
    is_there = verb is not Verb.CREATE and _is_there(session, name)
    if verb is Verb.UPDATE and not is_there:
        raise Failure(
            f"there is no database {name}; `forklift create database` names one", Exit.NOT_FOUND
        )
    if is_there:
        return session.api.answer("PATCH", kind.path(session, name), given)
    if "url" not in given:
        raise misused("where is it? give --url")
    return session.api.answer("POST", kind.list_path(session), {"name": name, **given})


def _is_there(session: Session, name: str) -> bool:
    try:
        session.api.get(kind_named("database").path(session, name))
    except Failure as failure:
        if failure.exit is Exit.NOT_FOUND:
            return False
        raise
    return True


def _prepared(session: Session, name: str, seconds: float) -> dict[str, Any]:
    path = kind_named("database").path(session, name)

    def look() -> Seen:
        row = session.api.get(path)
        words = row["error"] or row["step"] or row["state"]
        return Seen(row["state"] != "preparing", words, row["done"], row["total"], row)

    found: dict[str, Any] = watched(session, f"database {name}", look, timeout_s=seconds).row
    if found["state"] == "failed":
        raise Failure(f"database {name} cannot be used: {found['error']}", Exit.NOT_REACHED)
    return found
