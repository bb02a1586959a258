"""When a reload may begin."""

from __future__ import annotations

import pytest

from gateways.agent.turns import (
    GATHER_MOST_S,
    GATHER_S,
    TURN_S,
    PendingReload,
    due_at,
    pending,
    place_of,
)

WAITING = PendingReload({"shop": 3}, since=10.0, latest=10.0)


def test_pending__more_changes__moves_the_latest_and_keeps_the_beginning():
    first = pending(None, {"shop": 3}, 10.0)
    same = pending(first, {"shop": 3}, 10.1)
    more = pending(same, {"shop": 3, "other": 1}, 10.2)

    assert (first, same) == (WAITING, WAITING)
    assert (more.since, more.latest) == (10.0, 10.2)


def test_due_at__first_agent__waits_only_to_gather():
    assert due_at(WAITING, place=0, applied_by_others={}) == 10.0 + GATHER_S


def test_due_at__changes_never_end__goes_at_last():
    waiting = PendingReload({"shop": 3}, since=10.0, latest=99.0)

    assert due_at(waiting, place=0, applied_by_others={}) == 10.0 + GATHER_MOST_S


@pytest.mark.parametrize("place", [1, 2, 3])
def test_due_at__later_agent__waits_its_turn(place):
    assert due_at(WAITING, place=place, applied_by_others={"shop": 2}) == 10.0 + place * TURN_S


def test_due_at__another_has_applied_it__goes():
    assert due_at(WAITING, place=3, applied_by_others={"shop": 3}) == 10.0 + GATHER_S


def test_place_of__agent_that_is_not_listed__comes_last():
    assert (place_of("b", ("a", "b")), place_of("x", ("a", "b"))) == (1, 2)
