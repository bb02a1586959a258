from __future__ import annotations

import io

import pytest

from vamp.cli.failure import Exit, Failure
from vamp.cli.session import Given, Session
from vamp.cli.surroundings import Surroundings
from vamp.cli.watching import INTERVAL_S, Seen, watched


@pytest.fixture
def session():
    slept = []
    around = Surroundings(
        environ={"HOME": "/nowhere"}, sleep=slept.append, clock=lambda: sum(slept),
        is_terminal=False, stdout=io.StringIO(), stderr=io.StringIO(),
    )  # fmt: skip
    return Session(Given(), around)


def test_watched__until_it_is_over__returns_how_it_ended(session):
    looks = iter([Seen(False, "copying", 1, 2), Seen(True, row="end")])

    assert watched(session, "move", lambda: next(looks), timeout_s=9).row == "end"
    assert session.around.clock() == INTERVAL_S


def test_watched__pieces_that_end__are_told_once_each_even_where_their_words_change(session):
    looks = iter(
        [
            Seen(False, ended={"a": "done a"}),
            Seen(False, ended={"a": "done a", "b": "done b"}),
            Seen(True, ended={"a": "done a, 2 rows", "b": "done b", "c": "failed c"}),
        ]
    )

    watched(session, "move", lambda: next(looks), timeout_s=9)

    assert session.around.stderr.getvalue() == "done a\ndone b\nfailed c\n"


def test_watched__not_over_in_time__fails_with_what_it_waits_for(session):
    with pytest.raises(Failure, match="move is not over within 2 s: the store is away") as failed:
        watched(session, "move", lambda: Seen(False, "the store is away"), timeout_s=2)

    assert failed.value.exit is Exit.NOT_REACHED
