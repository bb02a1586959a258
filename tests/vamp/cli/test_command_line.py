from __future__ import annotations

import io
from typing import Annotated

import pytest
import typer

from vamp.cli.command_line import Entries, Menu, run
from vamp.cli.failure import Exit, FaultLine, misused
from vamp.cli.session import Session
from vamp.cli.surroundings import Surroundings


def show(
    session: Session, folder: Annotated[str, typer.Option("-o", help="Its own -o.")] = ""
) -> None:
    """Show what was given."""
    given = session.given
    session.out.write(f"{given.context} {given.environment} {given.verbose} {folder}\n")


def fail(session: Session) -> None:
    """Fail."""
    raise misused("that is wrong", FaultLine("/a", "x"))


@pytest.fixture
def ran():
    def go(*arguments):
        inner = Menu("A group.")
        inner.command("policy", show)
        menu = Menu("A program.", is_program=True)
        menu.command("fail", fail)
        menu.menu("create", lambda: inner)
        around = Surroundings(environ={}, stdout=io.StringIO(), stderr=io.StringIO())
        return run(menu.made(), "prog", arguments, around), around

    return go


@pytest.mark.parametrize(
    "arguments",
    [
        ("--context", "c", "--env", "e", "-v", "create", "policy", "-o", "x"),
        ("create", "--context", "c", "policy", "--environment", "e", "-v", "-o", "x"),
        ("--env", "other", "create", "policy", "-v", "--env", "e", "--context", "c", "-o", "x"),
    ],
)
def test_flags__anywhere_in_the_line__count_and_the_rightmost_wins(ran, arguments):
    code, around = ran(*arguments)

    assert (code, around.stdout.getvalue()) == (0, "c e 1 x\n")


@pytest.mark.parametrize(
    "word", ["policy", "policies", "Policy", "releasepolicy", "release-policies"]
)
def test_command__in_other_spellings__is_found(ran, word):
    assert ran("create", word)[0] == 0


def test_command__misspelt__is_wrong_usage_with_a_hint(ran, capsys):
    code, _ = ran("create", "polizy")

    assert code == Exit.USAGE
    assert "Did you mean 'policy'" in capsys.readouterr().err


def test_failure__of_a_command__is_told_with_its_faults(ran):
    code, around = ran("fail")

    assert code == Exit.USAGE
    assert around.stderr.getvalue() == "error: that is wrong\n  a: x\n"


def test_help__of_a_command__says_which_flags_all_take(ran, capsys):
    ran("create", "policy", "--help")

    assert "Every command takes --context" in " ".join(capsys.readouterr().out.split())


def test_entries__asked_for_one__make_no_other():
    made = []
    entries = Entries({name: lambda name=name: made.append(name) or name for name in "ab"})

    assert entries["a"] == entries["a"] == "a"
    assert (list(entries), len(entries), "b" in entries, made) == (["a", "b"], 2, True, ["a"])
