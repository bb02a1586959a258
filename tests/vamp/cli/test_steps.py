from __future__ import annotations

import io

import pytest

from vamp.cli.session import Given, Session
from vamp.cli.steps import StepLine, write_steps
from vamp.cli.surroundings import Surroundings

LONG = "the store is away: " + "it does not answer at its address " * 4


def written(*steps, is_terminal, environ=None):
    around = Surroundings(
        environ=environ or {"NO_COLOR": "1"}, stdout=io.StringIO(), is_terminal=is_terminal,
        columns=60,
    )  # fmt: skip
    write_steps(Session(Given(), around), ["one of two"], steps)
    return around.stdout.getvalue()


def test_steps__in_a_pipe__are_uncut():
    out = written(StepLine("waiting", "tables", [LONG]), is_terminal=False)

    assert out == f"one of two\nwaiting   tables\n          {LONG.strip()}\n"


@pytest.mark.parametrize("words", ["tables", LONG])
def test_steps__on_a_terminal__are_folded_below_themselves(words):
    out = written(StepLine("failed", words, [LONG]), is_terminal=True)

    lines = out.splitlines()
    assert max(map(len, lines)) <= 60
    assert all(line.startswith(" " * 10) for line in lines[2:])
    assert "\x1b" not in out


def test_steps__words_of_others__cannot_steer_the_terminal():
    step = StepLine("done", "tables\x1b[31m", ["a\x1b[2J"])

    assert "\x1b[31m" not in written(step, is_terminal=True)
    assert "\x1b[2J" not in written(step, is_terminal=True, environ={"TERM": "xterm"})


def test_step__told_while_the_work_goes_on__is_one_line():
    assert str(StepLine("failed", "tables", ["away", "mend: start it"])) == (
        "failed    tables; away; mend: start it"
    )


def test_steps__command_to_be_copied__is_not_torn_at_its_hyphens():
    command = "forklift skip deletion-step acme/production-of-the-north keys"

    out = written(StepLine("waiting", "x", [f"leave it out: {command}"]), is_terminal=True)

    assert "deletion-step" in out
    assert "production-of-the-north" in out
