"""``forklift`` on failed sign-ins that lock people out, and on where people are signed in."""

from __future__ import annotations

from typing import Annotated, Any, Final, Optional

import typer

from vamp.cli.client import path_of
from vamp.cli.commands.changing import DryRun
from vamp.cli.completing import named
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.kind import Kind
from vamp.cli.kinds import kind_named
from vamp.cli.resources import full_login
from vamp.cli.session import Session
from vamp.cli.wording import counted

Installation = Annotated[
    bool,
    typer.Option(
        "--installation", show_default=False,
        help="Of everybody, tenants or not. For platform administrators.",
    ),
]  # fmt: skip
User = Annotated[
    Optional[str],  # noqa: UP045  (typer reads it)
    typer.Option(
        "--user", metavar="LOGIN", autocompletion=named("user"), show_default=False,
        help="Whose; else yours.",
    ),
]  # fmt: skip
MINE: Final = "me/sessions"


def list_locks(session: Session, installation: Installation = False) -> None:
    """List failed sign-ins of the last quarter of an hour, and who is locked out for them."""
    kind = _locks(installation)
    session.out.rows(kind, kind.rows(session), nothing="nobody failed to sign in lately")


def release_lock(
    session: Session,
    whom: Annotated[
        list[str],
        typer.Argument(
            metavar="ID|LOGIN", help="One count, or all of a login.", show_default=False
        ),
    ],
    installation: Installation = False,
    dry_run: DryRun = False,
) -> None:
    """Let somebody try again at once who is locked out after failed sign-ins."""
    kind = _locks(installation)
    rows = list(kind.rows(session))
    for word in whom:
        login = word if installation else full_login(session.organisation, word)
        found = [row for row in rows if word == str(row["id"]) or row["subject"] in (word, login)]
        if not found:
            raise Failure(f"there is no lock {word}", Exit.NOT_FOUND)
        for row in found:
            if not dry_run:
                session.api.answer("DELETE", f"{kind.list_path(session)}/{path_of(row['id'])}")
            done = "would be released" if dry_run else "released"
            said = f"lock {row['id']} of {row['subject']} from {row['address']} {done}"
            session.out.done(said, name=f"lock/{row['id']}")


def _locks(is_installation: bool) -> Kind:
    return kind_named("installation-lock" if is_installation else "lock")


def list_sessions(session: Session, user: User = None) -> None:
    """List the browsers in which you, or somebody, is signed in."""
    path = _path(session, user)
    session.out.rows(kind_named("session"), session.api.pages(path), nothing="there is no session")


def end_session(
    session: Session,
    ids: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[ID]", help="As the list shows them.", show_default=False),
    ] = None,
    user: User = None,
    whole: Annotated[
        bool, typer.Option("--all", help="Every one of them.", show_default=False)
    ] = False,
) -> None:
    """Sign you, or somebody, out of a browser. Tokens stay good."""
    if bool(ids) == whole:
        raise misused("give the sessions' ids, or --all")
    path = _path(session, user)
    if whole:
        ended: dict[str, Any] = session.api.answer("DELETE", path)
        session.out.done(f"{counted(ended['ended'], 'session')} ended", ended)
        return
    for each in ids or []:
        session.api.answer("DELETE", f"{path}/{path_of(each)}")
        session.out.done(f"session {each} ended", name=f"session/{each}")


def _path(session: Session, user: str | None) -> str:
    if not user:
        return MINE
    return f"{kind_named('user').path(session, user)}/sessions"
