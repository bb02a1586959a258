"""``forklift show`` and ``set sign-in``: of whom a second factor is asked."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Final, Optional

import typer

from vamp.cli.client import path_of
from vamp.cli.commands.changing import DryRun
from vamp.cli.failure import misused
from vamp.cli.output import as_yaml
from vamp.cli.session import Session
from vamp.cli.wording import counted

Installation = Annotated[
    bool,
    typer.Option(
        "--installation", show_default=False,
        help="Of platform administrators, not of an organisation's people. For them alone.",
    ),
]  # fmt: skip


class Of(Enum):
    """Whom a second factor is asked of."""

    NOBODY = "nobody"
    PASSWORDS = "passwords"
    EVERYBODY = "everybody"


_WORDS: Final[Mapping[str, str]] = {
    Of.NOBODY.value: "nobody",
    Of.PASSWORDS.value: "those who sign in with a password",
    Of.EVERYBODY.value: "everybody",
}


def show(session: Session, installation: Installation = False) -> None:
    """Show of whom a second factor is asked at the sign-in, and how long they have to set one up."""
    row = session.api.get(_path(session, is_installation=installation))
    if session.out.is_for_people:
        session.out.write(as_yaml(row))
    else:
        session.out.done("", row, name=_name(session, is_installation=installation))


def change(
    session: Session,
    second_factor: Annotated[
        Optional[Of],  # noqa: UP045  (typer reads it)
        typer.Option(show_default=False, help="Of whom one is asked; left out: as it is."),
    ] = None,
    grace_days: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            min=0,
            show_default=False,
            help="Days that people have to set one up, 0 to 90; 0: at their next sign-in.",
        ),
    ] = None,
    installation: Installation = False,
    dry_run: DryRun = False,
) -> None:
    """Say of whom a second factor is asked at the sign-in, and how long they have to set one up.

    Who has none by then can do nothing but set one up. Tokens are asked for none.
    """
    if second_factor is None and grace_days is None:
        raise misused("nothing to set: give --second-factor or --grace-days")
    path = _path(session, is_installation=installation)
    held = session.api.get(path)
    wanted = {key: held[key] for key in ("second_factor", "grace_days")}
    if second_factor is not None:
        wanted["second_factor"] = second_factor.value
    if grace_days is not None:
        wanted["grace_days"] = grace_days
    whose = "platform administrators" if installation else session.organisation
    row: dict[str, Any] = {**held, **wanted}
    if row == held:
        said = f"sign-in of {whose} unchanged: {sentence(row)}"
    elif dry_run:
        said = f"sign-in of {whose} would be set: {sentence(row)}"
    else:
        row = session.api.answer("PUT", path, wanted)
        said = f"sign-in of {whose} set: {sentence(row)}"
    session.out.done(said, row, name=_name(session, is_installation=installation))


def sentence(row: Mapping[str, Any]) -> str:
    """Return what is asked, in words."""
    whom = row["second_factor"]
    said = f"a second factor is asked of {_WORDS.get(whom, whom)}"
    if whom == Of.NOBODY.value:
        return said
    days = counted(row["grace_days"], "day")
    return f"{said}, {f'within {days}' if row['grace_days'] else 'at the next sign-in'}"


def _path(session: Session, *, is_installation: bool) -> str:
    if is_installation:
        return "sign-in"
    return path_of("organisations", session.organisation, "sign-in")


def _name(session: Session, *, is_installation: bool) -> str:
    return f"sign-in/{'installation' if is_installation else session.organisation}"
