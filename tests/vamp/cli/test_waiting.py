from __future__ import annotations

import pytest

from vamp.cli.failure import Exit, Failure
from vamp.cli.session import Given, Session
from vamp.cli.surroundings import Surroundings
from vamp.cli.waiting import seconds_of, wait_until


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("250ms", 0.25), ("2", 2), ("1d", 86_400)]
)
def test_seconds__of_a_duration__are_read(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "5 m", "m5", "5m!"])
def test_seconds__of_something_else__are_refused(text):
    with pytest.raises(Failure, match="no duration"):
        seconds_of(text)


def waiting():
    slept = []
    around = Surroundings(environ={}, sleep=slept.append, clock=lambda: sum(slept))
    return Session(Given(), around), slept


def test_wait__until_it_is_so__ends_at_once():
    session, slept = waiting()
    answers = iter([(False, "no"), (False, "no"), (True, "yes")])

    assert wait_until(session, lambda: next(answers), timeout_s=10) == "yes"
    assert slept == [0.5, 0.5]


def test_wait__never_so__ends_with_the_last_word():
    session, slept = waiting()

    with pytest.raises(Failure, match="not within 2 s: still no") as caught:
        wait_until(session, lambda: (False, "still no"), timeout_s=2)

    assert caught.value.exit is Exit.NOT_REACHED
    assert sum(slept) == 2
