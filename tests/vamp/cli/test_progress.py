from __future__ import annotations

import io

import pytest

from vamp.cli.progress import level, progress
from vamp.cli.session import Given, Session
from vamp.cli.surroundings import Surroundings


def worked(total, *, is_terminal):
    around = Surroundings(
        environ={"HOME": "/nowhere"}, stdout=io.StringIO(), stderr=io.StringIO(),
        is_terminal=is_terminal, columns=80,
    )  # fmt: skip
    with progress(Session(Given(), around), "applying", total) as tell:
        for number in range(total):
            tell(f"thing-{number}")
    return around


@pytest.mark.parametrize(("total", "is_terminal"), [(5, False), (1, True)])
def test_progress__in_a_pipe_or_for_little__is_silent(total, is_terminal):
    around = worked(total, is_terminal=is_terminal)

    assert around.stdout.getvalue() == around.stderr.getvalue() == ""


def test_progress__on_a_terminal__is_drawn_beside_the_output():
    around = worked(5, is_terminal=True)

    assert "applying" in around.stderr.getvalue()
    assert around.stdout.getvalue() == ""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_level__of_work_elsewhere__is_drawn_on_terminals_and_what_ended_is_told_in_pipes_too(
    is_terminal,
):
    around = Surroundings(
        environ={"HOME": "/nowhere"}, stdout=io.StringIO(), stderr=io.StringIO(),
        is_terminal=is_terminal, columns=80,
    )  # fmt: skip

    with level(Session(Given(), around), "moving") as show:
        show(0, 0, "looks")
        show(3, 9, "copies [red]rows\x1b[31m")

        show(4, 9, "copies on", ended="done   ro[ws]\x1b[2J")

    assert ("moving" in around.stderr.getvalue()) == is_terminal
    assert "done   ro[ws]\\x1b[2J" in around.stderr.getvalue()
    assert "\x1b[31m" not in around.stderr.getvalue()
    assert around.stdout.getvalue() == ""
