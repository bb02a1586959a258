"""``forklift``: the command line of those who make and keep tenants."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from vamp.cli.command_line import Menu, run
from vamp.cli.commands import access, changing, shells
from vamp.cli.forklift import (
    connections,
    databases,
    deletions,
    group_mappings,
    lives,
    moving,
    nouns,
    passwords,
    planning,
    second_factors,
    setting_up,
    sign_in_policy,
    sign_ins,
    single_sign_on,
    tokens,
)
from vamp.cli.forklift.making import Verb
from vamp.cli.forklift.verbs import MAKERS
from vamp.cli.program import context_menu
from vamp.cli.surroundings import Surroundings

PROGRAM = "forklift"
_TEXTS = {
    Verb.CREATE: "Make an organisation, environment, user, role, …; refused where there is one.",
    Verb.UPDATE: "Change what is there; refused where there is none.",
    Verb.ADD: "Make, or change where there is one.",
}


@cache
def program() -> Any:
    """Return the whole command line, put together once."""
    menu = Menu(
        "Make and keep tenants: organisations, environments, people, access, policies."
        " A client of the API; `forklift login` comes first.",
        is_program=True,
    )
    for verb in Verb:
        menu.menu(verb.value, partial(_making, verb))
    menu.menu("show", _showing)
    menu.menu("list", _listing)
    menu.menu("delete", _deleting)
    menu.menu("skip", _skipping)
    menu.menu("set", _setting)
    menu.menu("set-up", _setting_up)
    menu.menu("test", _testing)
    menu.menu("move", _moving)
    menu.menu("release", _releasing)
    menu.menu("end", _ending)
    menu.menu("reset", _resetting)
    menu.menu("rotate", _rotating)
    menu.menu(
        "archive",
        partial(_lives, "Let nothing change in it until it is restored.", lives.archiving),
    )
    menu.menu("restore", partial(_lives, "Let what was archived change again.", lives.restoring))
    menu.menu("clone", _cloning)
    menu.command("apply", changing.apply)
    menu.command("diff", changing.diff)
    menu.command("export", changing.export_organisation)
    menu.command("login", access.login)
    menu.command("whoami", access.whoami)
    menu.menu("context", context_menu)
    menu.command("completion", shells.completion_of(PROGRAM))
    menu.command("exit-codes", shells.exit_codes)
    menu.command("version", shells.version)
    return menu.made()


def _making(verb: Verb) -> Menu:
    menu = Menu(_TEXTS[verb])
    for noun, maker in MAKERS.items():
        menu.command(noun, maker(verb))
    menu.command("database", databases.database(verb))
    menu.command("token", tokens.update_token if verb is Verb.UPDATE else tokens.create_token)
    menu.command("binding", tokens.bind)
    menu.command("release-plan", planning.advance(verb))
    if verb is not Verb.UPDATE:  # it has nothing that could change
        menu.command("group-mapping", group_mappings.mapping(verb))
    return menu


def _showing() -> Menu:
    menu = _nouns("Show one thing.", nouns.showing, planning.show)
    menu.command("connection", connections.show_connection)
    menu.command("set-up", setting_up.show)
    menu.command("deletion", deletions.show)
    menu.command("sign-in", sign_in_policy.show)
    menu.command("single-sign-on", single_sign_on.show)
    return menu


def _listing() -> Menu:
    menu = _nouns("List the things of a kind.", nouns.listing, planning.list_plans)
    menu.command("connection", connections.list_connections)
    for noun in ("store", "deletion"):
        menu.command(noun, nouns.listing(noun))
    menu.command("lock", sign_ins.list_locks)
    menu.command("session", sign_ins.list_sessions)
    menu.command("second-factor", second_factors.list_factors)
    menu.command("group-mapping", group_mappings.list_mappings)
    return menu


def _deleting() -> Menu:
    menu = _nouns("Delete, once the name is typed.", nouns.deleting, planning.abort)
    menu.command("single-sign-on", single_sign_on.remove)
    menu.command("group-mapping", group_mappings.delete)
    return menu


def _skipping() -> Menu:
    menu = Menu("Leave out what cannot be done.")
    menu.command("deletion-step", deletions.skip_step)
    return menu


def _setting() -> Menu:
    menu = Menu("Say which stores are used, and how people sign in.")
    menu.command("connection", connections.set_connection)
    menu.command("sign-in", sign_in_policy.change)
    menu.command("single-sign-on", single_sign_on.change)
    menu.command("password", passwords.set_password)
    return menu


def _setting_up() -> Menu:
    menu = Menu("Make what it needs, step by step.")
    menu.command("environment", setting_up.set_up)
    return menu


def _testing() -> Menu:
    menu = Menu("Ask whether it answers.")
    menu.command("connection", connections.ask_connection)
    return menu


def _moving() -> Menu:
    menu = Menu("Move an environment's stores onto others, while it is in use.")
    menu.command("begin", moving.begin)
    menu.command("list", nouns.listing("move"))
    menu.command("show", moving.show)
    menu.command("undo", moving.undo)
    menu.command("finish", moving.finish)
    return menu


def _releasing() -> Menu:
    menu = Menu("Let somebody in again who was locked out.")
    menu.command("lock", sign_ins.release_lock)
    return menu


def _ending() -> Menu:
    menu = Menu("Sign somebody out.")
    menu.command("session", sign_ins.end_session)
    return menu


def _resetting() -> Menu:
    menu = Menu("Help somebody who lost what they sign in with.")
    menu.command("second-factor", second_factors.reset)
    return menu


def _rotating() -> Menu:
    menu = Menu("Put a new one in place of the old one, which goes by itself.")
    menu.command("salt", passwords.rotate_salt)
    return menu


def _nouns(text: str, of: Callable[[str], Any], of_plans: Callable[..., None]) -> Menu:
    menu = Menu(text)
    for noun in nouns.NOUNS:
        menu.command(noun, of(noun))
    menu.command("release-plan", of_plans)
    return menu


def _lives(text: str, of: Callable[[str], Any]) -> Menu:
    menu = Menu(text)
    for noun in ("organisation", "environment"):
        menu.command(noun, of(noun))
    return menu


def _cloning() -> Menu:
    menu = Menu("Make one like another.")
    menu.command("environment", lives.clone)
    return menu


def run_forklift(arguments: Sequence[str] | None = None, around: Surroundings | None = None) -> int:
    """Run ``forklift`` and return its exit code."""
    return run(program(), PROGRAM, arguments, around or Surroundings())


def main() -> None:
    """Run ``forklift`` as a process."""
    sys.exit(run_forklift())
