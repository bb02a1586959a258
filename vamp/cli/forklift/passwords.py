"""``forklift set password`` and ``rotate salt``: what people sign in with, never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from vamp.cli.asking import password_given
from vamp.cli.client import path_of
from vamp.cli.completing import named
from vamp.cli.forklift.sign_in_policy import Installation
from vamp.cli.kinds import kind_named
from vamp.cli.resources import full_login
from vamp.cli.session import Session

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", autocompletion=named("user"), show_default=False)
]


def set_password(
    session: Session,
    login: Login,
    password_file: Annotated[
        Optional[Path],  # noqa: UP045  (typer reads it)
        typer.Option(
            metavar="FILE|-", show_default=False, help="Holds it; else it is asked for, twice."
        ),
    ] = None,
    must_change: Annotated[
        bool,
        typer.Option(
            "--must-change/--may-keep",
            help="Whether they are asked for one of their own at the next sign-in.",
        ),
    ] = True,
) -> None:
    """Set somebody's password, which they replace at the next sign-in. All their sessions end."""
    where = f"{kind_named('user').path(session, login)}/password"
    missing = "which password? give --password-file FILE, or - for standard input"
    password = password_given(session, password_file, missing=missing)
    session.api.answer("PUT", where, {"password": password, "must_change": must_change})
    whole = full_login(session.organisation, login)
    then = "they choose their own at the next sign-in" if must_change else "they may keep it"
    session.out.done(
        f"password of {whole} set, and all sessions ended; {then}",
        {"login": whole, "must_change_password": must_change},
        name=f"user/{whole}",
    )


def rotate_salt(session: Session, installation: Installation = False) -> None:
    """Make a new salt for an organisation's passwords. Its people need do nothing.

    Passwords stay what they are and nobody is signed out: each moves to the new salt at its
    owner's next sign-in, and the old one is dropped when no password needs it any more.
    """
    whose = "platform administrators" if installation else session.organisation
    path = "salt" if installation else path_of("organisations", whose, "salt")
    row: dict[str, Any] = session.api.answer("POST", path)
    said = f"new salt {row['salt']} of {whose}; passwords move to it as people sign in"
    session.out.done(said, row, name=f"salt/{row['salt']}")
