"""``vamp``: the command line of those who work in an organisation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

from vamp.cli.command_line import Menu, run
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
from vamp.cli.surroundings import Surroundings

PROGRAM = "vamp"


@cache
def program() -> Any:
    """Return the whole command line, put together once."""
    menu = Menu(
        "See and change what runs in Vamp: gateways, releases, policies, and who may do what."
        " A client of the API; `vamp auth login` comes first.",
        is_program=True,
    )
    menu.command("get", reading.get)
    menu.command("describe", reading.describe)
    menu.command("apply", changing.apply)
    menu.command("diff", changing.diff)
    menu.command("export", changing.export)
    menu.command("delete", changing.remove)
    menu.command("events", events.events)
    menu.menu("gateway", _gateways)
    menu.menu("release", _releases)
    menu.menu("service", _services)
    menu.menu("auth", _auth)
    menu.menu("context", context_menu)
    menu.command("completion", shells.completion_of(PROGRAM))
    menu.command("exit-codes", shells.exit_codes)
    return menu.made()


def _gateways() -> Menu:
    menu = Menu("Gateways: who gets how much, and whether it is live.")
    menu.command("weights", gateways.weights)
    menu.command("wait", gateways.wait)
    menu.command("status", gateways.status)
    menu.command("traffic", gateways.traffic)
    return menu


def _releases() -> Menu:
    menu = Menu("Releases: started, watched until they are over, and steered.")
    menu.command("list", releases.list_releases)
    menu.command("show", releases.show)
    menu.command("start", releases.start)
    menu.command("watch", releases.watch)
    for action in releases.ACTIONS:
        menu.command(action, releases.acting(action))
    return menu


def _services() -> Menu:
    menu = Menu("Services: instances of their versions.")
    menu.command("scale", services.scale)
    menu.command("restart", services.restart)
    return menu


def _auth() -> Menu:
    menu = Menu("Who asks: log in, and what one may.")
    menu.command("login", access.login)
    menu.command("logout", access.logout)
    menu.command("whoami", access.whoami)
    menu.command("can-i", access.can_i)
    return menu


def context_menu() -> Menu:
    """Return the commands for contexts, which both programs have."""
    menu = Menu("Contexts: installations, organisations and environments to work in.")
    menu.command("list", access.list_contexts)
    menu.command("use", access.use_context)
    menu.command("set", access.set_context)
    menu.command("delete", access.delete_context)
    return menu


def run_vamp(arguments: Sequence[str] | None = None, around: Surroundings | None = None) -> int:
    """Run ``vamp`` and return its exit code."""
    return run(program(), PROGRAM, arguments, around or Surroundings())


def main() -> None:
    """Run ``vamp`` as a process."""
    sys.exit(run_vamp())
