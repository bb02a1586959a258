"""``forklift list`` and ``reset second-factors``: for people who lost what they confirm with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from vamp.cli.asking import confirm_by
from vamp.cli.commands.changing import DryRun, Yes
from vamp.cli.completing import named
from vamp.cli.forklift.passwords import Login
from vamp.cli.kind import Column, Kind, Scope
from vamp.cli.kinds import kind_named
from vamp.cli.resources import full_login
from vamp.cli.session import Session
from vamp.cli.wording import counted

WORDS: Final[Mapping[str, str]] = {
    "totp": "authenticator app", "webauthn": "security key", "recovery_codes": "recovery codes",
}  # fmt: skip
_FACTOR: Final = Kind(
    "second-factor", "second-factors", (), Scope.ORGANISATION,
    (Column("TYPE", lambda row: _words(row)), Column("SINCE", "created_at"),
     Column("LAST USED", "last_used_at")),
    key="type", has_details=False, is_paged=False,
)  # fmt: skip


def list_factors(
    session: Session,
    user: Annotated[
        str,
        typer.Option(
            "--user",
            metavar="LOGIN",
            autocompletion=named("user"),
            show_default=False,
            help="Whose.",
        ),
    ],
) -> None:
    """List what somebody confirms a sign-in with beside the password."""
    rows = session.api.get(_path(session, user))
    whole = full_login(session.organisation, user)
    session.out.rows(_FACTOR, rows, nothing=f"{whole} has no second factor")


def reset(session: Session, login: Login, yes: Yes = False, dry_run: DryRun = False) -> None:
    """Take all second factors from somebody who lost them, once the login is typed (or with --yes).

    All their sessions end. Where one is asked of them they set up another at the next sign-in.
    """
    where = _path(session, login)
    rows: list[dict[str, Any]] = session.api.get(where)
    whole = full_login(session.organisation, login)
    name = f"user/{whole}"
    if not rows:
        session.out.done(f"{whole} has no second factor: nothing to reset", rows, name=name)
        return
    there = f"{counted(len(rows), 'second factor')} of {whole}: {', '.join(map(_words, rows))}"
    if dry_run:
        session.out.done(f"would be reset: {there}", rows, name=name)
        return
    confirm_by(
        session, whole, "reset them",
        told=[there, "make sure that it is they who ask: a password alone is enough then"],
        nothing="nothing was reset", is_sure=yes,
    )  # fmt: skip
    session.api.answer("DELETE", where)
    session.out.done(
        f"second factors of {whole} reset, and all sessions ended", rows, name=name
    )  # fmt: skip


def _words(row: Mapping[str, Any]) -> str:
    return WORDS.get(row["type"], str(row["type"]))


def _path(session: Session, login: str) -> str:
    return f"{kind_named('user').path(session, login)}/second-factors"
