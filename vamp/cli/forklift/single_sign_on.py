"""``forklift show``, ``set`` and ``delete single-sign-on``: an organisation's identity provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Optional

import typer

from vamp.cli.asking import confirm_by, hidden
from vamp.cli.client import path_of
from vamp.cli.commands.changing import DryRun, Yes
from vamp.cli.failure import Exit, Failure, misused
from vamp.cli.kinds import kind_named
from vamp.cli.output import as_yaml
from vamp.cli.session import Session, secret_given

FIELDS: Final = (
    "title", "issuer", "client_id", "login_claim", "groups_claim", "makes_users",
    "takes_over_users", "is_enabled", "groups",
)  # fmt: skip
"""What the API takes; all of it is sent whenever some of it changes."""

NEEDED: Final = ("title", "issuer", "client_id")
"""Without these there is no provider."""

SECRET: Final = "sso"  # noqa: S105  a name, not a secret

Maybe = Optional[str]  # noqa: UP045  (typer reads it)
Choice = Optional[bool]  # noqa: UP045


def show(session: Session) -> None:
    """Show by which provider an organisation's people sign in, and whether its secret is set."""
    row = session.api.get(path(session)) | {"client_secret": _secret_state(session)}
    if session.out.is_for_people:
        session.out.write(as_yaml(row))
    else:
        session.out.done("", row, name=_name(session))


def change(
    session: Session,
    title: Annotated[
        Maybe, typer.Option(show_default=False, help="What the button says, such as Acme login.")
    ] = None,
    issuer: Annotated[
        Maybe,
        typer.Option(
            metavar="URL", show_default=False, help="Such as https://login.acme.test/acme."
        ),
    ] = None,
    client_id: Annotated[
        Maybe, typer.Option(show_default=False, help="By which the provider knows Vamp.")
    ] = None,
    secret_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            metavar="FILE|-",
            show_default=False,
            help="Holds the client's secret; of a new provider it is asked for otherwise.",
        ),
    ] = None,
    login_claim: Annotated[
        Maybe, typer.Option(show_default=False, help="Claim that holds the login.")
    ] = None,
    groups_claim: Annotated[
        Maybe,
        typer.Option(
            show_default=False, help="Claim that lists the groups; '' leaves groups alone."
        ),
    ] = None,
    makes_users: Annotated[
        Choice,
        typer.Option(
            "--makes-users/--makes-no-users",
            show_default=False,
            help="Whether who signs in for the first time becomes a user.",
        ),
    ] = None,
    takes_over_users: Annotated[
        Choice,
        typer.Option(
            "--takes-over-users/--takes-over-no-users",
            show_default=False,
            help="Whether who is called like a user with a password becomes that user.",
        ),
    ] = None,
    enabled: Annotated[
        Choice,
        typer.Option(
            "--enabled/--disabled",
            show_default=False,
            help="Whether people may sign in by it; nobody is signed out.",
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Say by which OpenID Connect provider people sign in. For platform administrators.

    What is left out stays as it is. The client's secret is written, and never shown.
    """
    given = {
        "title": title, "issuer": issuer, "client_id": client_id, "login_claim": login_claim,
        "groups_claim": groups_claim, "makes_users": makes_users,
        "takes_over_users": takes_over_users, "is_enabled": enabled,
    }  # fmt: skip
    wanted = {key: value for key, value in given.items() if value is not None}
    if not wanted and secret_file is None:
        raise misused("nothing to set: give --issuer, --secret-file or another option")
    held = kind_named("single-sign-on").only_one(session)
    if held is None:
        _require_needed(session, wanted)
    secret = secret_given(session, secret_file)
    if held is None and not secret and not dry_run and enabled is not False:
        secret = _secret_asked(session)
    row = {**(held or {}), **wanted}
    is_same = row == held and not secret
    if not is_same and not dry_run:
        row = put(session, row) if row != held else row
        if secret:
            _write_secret(session, secret)
    _tell(session, row, is_same=is_same, is_new=held is None, secret=secret, is_dry_run=dry_run)


def remove(
    session: Session,
    forget_secret: Annotated[
        bool,
        typer.Option(
            "--forget-secret", show_default=False, help="Remove the client's secret as well."
        ),
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Remove the provider, once the organisation's name is typed (or with --yes).

    Users, their groups and their sessions stay, but nobody signs in by it any more. For platform
    administrators.
    """
    whose = session.organisation
    row = session.api.get(path(session))
    said = f"single sign-on of {whose}"
    secret = "its client's secret is forgotten" if forget_secret else "its client's secret stays"
    if dry_run:
        session.out.done(f"{said} would be removed; {secret}", row, name=_name(session))
        return
    told = [
        f"{said}, through {row['title']} at {row['issuer']}",
        "users who have no password cannot sign in any more; who they were there is forgotten",
    ]
    confirm_by(
        session, whose, "remove it", told=told, nothing="nothing was removed", is_sure=yes
    )  # fmt: skip
    session.api.answer("DELETE", path(session))
    if forget_secret:
        session.api.answer("DELETE", _secret_path(session))
    session.out.done(f"{said} removed; {secret}", name=_name(session))


def path(session: Session) -> str:
    """Return the address of the organisation's provider."""
    return kind_named("single-sign-on").list_path(session)


def put(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    """Write a provider as a whole, and return it as it is then."""
    body = {key: value for key, value in row.items() if key in FIELDS}
    found: dict[str, Any] = session.api.answer("PUT", path(session), body)
    return found


def _require_needed(session: Session, wanted: Mapping[str, Any]) -> None:
    missing = [f"--{key.replace('_', '-')}" for key in NEEDED if not wanted.get(key)]
    if missing:
        message = f"{session.organisation} has no single sign-on yet"
        raise misused(f"{message}: give {', '.join(missing)} as well")


def _secret_asked(session: Session) -> str:
    """Return the secret of a provider that is new, as it is typed; empty where one is set already.

    Raises:
        Failure: there is none, and nobody to type it.
    """
    if _secret_state(session) != "missing":
        return ""
    missing = "give the client's secret by --secret-file FILE, or - for standard input"
    found = hidden(session, "client secret: ", missing=missing).strip()
    if not found:
        raise misused(missing)
    return found


def _write_secret(session: Session, secret: str) -> None:
    try:
        session.api.answer("PUT", _secret_path(session), {"value": secret})
    except Failure as failure:
        message = f"the provider is set, but its secret is not: {failure.message}"
        raise Failure(
            f"{message}; run it again", failure.exit, faults=failure.faults, code=failure.code
        ) from None


def _secret_path(session: Session) -> str:
    return path_of("organisations", session.organisation, "secrets", SECRET)


def _secret_state(session: Session) -> str:
    """Return ``set``, ``missing``, or ``unknown`` where the caller or the store cannot tell."""
    above = path_of("organisations", session.organisation, "secrets")
    try:
        rows: Sequence[Mapping[str, Any]] = session.api.send("GET", above, attempts=1).json()
    except Failure as failure:
        if failure.exit in (Exit.NOT_ALLOWED, Exit.UNREACHABLE):
            return "unknown"
        raise
    is_set = any(each["is_set"] for each in rows if each["name"] == SECRET)
    return "set" if is_set else "missing"


def _tell(
    session: Session,
    row: Mapping[str, Any],
    *,
    is_same: bool,
    is_new: bool,
    secret: str,
    is_dry_run: bool,
) -> None:
    whose = session.organisation
    done = "unchanged" if is_same else "would be set" if is_dry_run else "set"
    how = f"through {row['title']} at {row['issuer']}"
    off = "" if row.get("is_enabled", True) else "; it is switched off"
    with_secret = "; its client's secret is new" if secret else ""
    session.out.done(
        f"single sign-on of {whose} {done}: {how}{off}{with_secret}", row, name=_name(session)
    )
    if is_new:
        session.out.say("the provider must know this redirect URL:")
        session.out.say(f"  {session.server}/admin/{path_of('single-sign-on', whose, 'return')}/")


def _name(session: Session) -> str:
    return f"single-sign-on/{session.organisation}"
