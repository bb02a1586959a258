"""``forklift``: the command line of those who make and keep tenants."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from importlib import metadata

import typer

from vamp.cli.command_line import command, group, run
from vamp.cli.commands import access, changing, shells
from vamp.cli.forklift import nouns, planning, tokens
from vamp.cli.forklift.making import Verb
from vamp.cli.forklift.verbs import MAKERS
from vamp.cli.program import exit_codes
from vamp.cli.surroundings import Surroundings

PROGRAM = "forklift"
_TEXTS = {
    Verb.CREATE: "Make an organisation, environment, user, role, …; refused where there is one.",
    Verb.UPDATE: "Change what is there; refused where there is none.",
    Verb.ADD: "Make, or change where there is one.",
}


@cache
def program() -> typer.Typer:
    """Return the whole command line, put together once."""
    app = group(
        "Make and keep tenants: organisations, environments, people, access, policies."
        " A client of the API; `forklift login` comes first.",
        is_program=True,
    )
    for verb in Verb:
        app.add_typer(_making(verb), name=verb.value)
    app.add_typer(_showing(), name="show")
    app.add_typer(_listing(), name="list")
    app.add_typer(_deleting(), name="delete")
    command(app, "apply")(changing.apply)
    command(app, "diff")(changing.diff)
    command(app, "export")(changing.export_organisation)
    command(app, "login")(access.login)
    command(app, "whoami")(access.whoami)
    app.add_typer(_contexts(), name="context")
    command(app, "completion")(shells.completion_of(PROGRAM))
    command(app, "exit-codes")(exit_codes)
    command(app, "version")(version)
    return app


def _making(verb: Verb) -> typer.Typer:
    inner = group(_TEXTS[verb])
    for noun, maker in MAKERS.items():
        command(inner, noun)(maker(verb))
    if verb is Verb.UPDATE:
        command(inner, "token")(tokens.update_token)
    else:
        command(inner, "token")(tokens.create_token)
    command(inner, "binding")(tokens.bind)
    command(inner, "release-plan")(planning.advance(verb))
    return inner


def _showing() -> typer.Typer:
    inner = group("Show one thing.")
    for noun in nouns.NOUNS:
        command(inner, noun)(nouns.showing(noun))
    command(inner, "release-plan")(planning.show)
    return inner


def _listing() -> typer.Typer:
    inner = group("List the things of a kind.")
    for noun in nouns.NOUNS:
        command(inner, noun)(nouns.listing(noun))
    command(inner, "release-plan")(planning.list_plans)
    return inner


def _deleting() -> typer.Typer:
    inner = group("Delete, once the name is typed.")
    for noun in nouns.NOUNS:
        command(inner, noun)(nouns.deleting(noun))
    command(inner, "release-plan")(planning.abort)
    return inner


def _contexts() -> typer.Typer:
    inner = group("Contexts, which `vamp` shares.")
    command(inner, "list")(access.list_contexts)
    command(inner, "use")(access.use_context)
    command(inner, "set")(access.set_context)
    command(inner, "delete")(access.delete_context)
    return inner


def version(session: object) -> None:
    """Show the version of this program."""
    session.out.write(metadata.version("vamp") + "\n")  # type: ignore[attr-defined]


def run_forklift(arguments: Sequence[str] | None = None, around: Surroundings | None = None) -> int:
    """Run ``forklift`` and return its exit code."""
    return run(program(), PROGRAM, arguments, around or Surroundings())


def main() -> None:
    """Run ``forklift`` as a process."""
    sys.exit(run_forklift())
