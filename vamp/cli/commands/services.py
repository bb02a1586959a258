"""``vamp service``: how many instances a version has, and fresh ones."""

from __future__ import annotations

from typing import Annotated

import typer

from vamp.cli.client import path_of
from vamp.cli.completing import named
from vamp.cli.kinds import kind_named
from vamp.cli.session import Session

Name = Annotated[
    str, typer.Argument(metavar="SERVICE", autocompletion=named("service"), show_default=False)
]
Version = Annotated[str, typer.Argument(metavar="VERSION", show_default=False)]


def scale(
    session: Session,
    name: Name,
    version: Version,
    instances: Annotated[int, typer.Argument(min=0, metavar="INSTANCES", show_default=False)],
) -> None:
    """Ask the scheduler for so many instances of a version."""
    session.api.answer("POST", _path(session, name, version, "scale"), {"instances": instances})
    session.out.done(f"{name} {version}: {instances} instances are asked for")


def restart(session: Session, name: Name, version: Version) -> None:
    """Replace every instance of a version, each once the one before it is ready."""
    session.api.answer("POST", _path(session, name, version, "restart"))
    session.out.done(f"{name} {version}: its instances are being replaced")


def _path(session: Session, name: str, version: str, what: str) -> str:
    above = kind_named("service").path(session, name)
    return f"{above}/{path_of('versions', version, what)}"
