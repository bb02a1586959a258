"""``vamp``: the command line of those who work in an organisation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache

import typer

from vamp.cli.command_line import command, group, run
from vamp.cli.commands import (
    access,
    changing,
    events,
    gateways,
    reading,
    releases,
    services,
    shells,
)
from vamp.cli.failure import MEANINGS
from vamp.cli.surroundings import Surroundings

PROGRAM = "vamp"


@cache
def program() -> typer.Typer:
    """Return the whole command line, put together once."""
    app = group(
        "See and change what runs in Vamp: gateways, releases, policies, and who may do what."
        " A client of the API; `vamp auth login` comes first.",
        is_program=True,
    )
    command(app, "get")(reading.get)
    command(app, "describe")(reading.describe)
    command(app, "apply")(changing.apply)
    command(app, "diff")(changing.diff)
    command(app, "export")(changing.export)
    command(app, "delete")(changing.remove)
    command(app, "events")(events.events)
    _gateways(app)
    _releases(app)
    _services(app)
    _access(app)
    command(app, "completion")(shells.completion_of(PROGRAM))
    command(app, "exit-codes")(exit_codes)
    return app


def exit_codes(session: object) -> None:
    """List the exit codes and what each means."""
    out = session.out  # type: ignore[attr-defined]
    for code, meaning in MEANINGS.items():
        out.write(f"{code:>3}  {meaning}\n")


def _gateways(app: typer.Typer) -> None:
    inner = group("Gateways: who gets how much, and whether it is live.")
    command(inner, "weights")(gateways.weights)
    command(inner, "wait")(gateways.wait)
    command(inner, "status")(gateways.status)
    command(inner, "traffic")(gateways.traffic)
    app.add_typer(inner, name="gateway")


def _releases(app: typer.Typer) -> None:
    inner = group("Releases: started, watched until they are over, and steered.")
    command(inner, "list")(releases.list_releases)
    command(inner, "show")(releases.show)
    command(inner, "start")(releases.start)
    command(inner, "watch")(releases.watch)
    for action in releases.ACTIONS:
        command(inner, action)(releases.acting(action))
    app.add_typer(inner, name="release")


def _services(app: typer.Typer) -> None:
    inner = group("Services: instances of their versions.")
    command(inner, "scale")(services.scale)
    command(inner, "restart")(services.restart)
    app.add_typer(inner, name="service")


def _access(app: typer.Typer) -> None:
    auth = group("Who asks: log in, and what one may.")
    command(auth, "login")(access.login)
    command(auth, "logout")(access.logout)
    command(auth, "whoami")(access.whoami)
    command(auth, "can-i")(access.can_i)
    app.add_typer(auth, name="auth")
    contexts = group("Contexts: installations, organisations and environments to work in.")
    command(contexts, "list")(access.list_contexts)
    command(contexts, "use")(access.use_context)
    command(contexts, "set")(access.set_context)
    command(contexts, "delete")(access.delete_context)
    app.add_typer(contexts, name="context")


def run_vamp(arguments: Sequence[str] | None = None, around: Surroundings | None = None) -> int:
    """Run ``vamp`` and return its exit code."""
    return run(program(), PROGRAM, arguments, around or Surroundings())


def main() -> None:
    """Run ``vamp`` as a process."""
    sys.exit(run_vamp())
