from dataclasses import replace

import pytest

from tenants.models import StorageMove
from tenants.services import moves
from tests.factories import ACTOR
from vamp.errors import Conflict, NotFound
from vamp.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


@pytest.fixture
def move(environment):
    return moves.begin(environment, "events", "db:?x=1", actor=ACTOR)


def test_begin__a_move__is_recorded_and_due(environment, move):
    assert moves.due() == [move]
    assert moves.move_under_way(environment, "events") == move
    assert AuditEntry.objects.using("default").filter(verb="move.started", actor=ACTOR).exists()
    assert (
        OutboxEvent.objects.using("default")
        .filter(subject="vamp.acme.production.tenants.move.started")
        .exists()
    )


def test_finish__before_it_is_in_use__is_refused(move):
    with pytest.raises(Conflict, match="wait until it is following"):
        moves.finish(move, actor=ACTOR)


def test_cancel__before_anything_was_done__ends_it(move):
    moves.cancel(move, actor=ACTOR)

    ended = moves.run(move)

    assert (ended.state, ended.active) == ("cancelled", None)
    with pytest.raises(Conflict, match="the move is over"):
        moves.cancel(move, actor=ACTOR)


def test_finish__while_a_sweep_keeps_the_old_store_in_step__is_not_taken_back(move, monkeypatch):
    moves.run(move)
    road = moves.ROADS["events"]

    def keep(course):
        moves.finish(course.move, actor=ACTOR)
        course.note(done=1)

    monkeypatch.setitem(moves.ROADS, "events", replace(road, keep=keep))
    moves.run(move)

    assert moves.run(move).state == "done"


def test_cancel__while_a_step_goes_on__is_not_taken_back(move, monkeypatch):
    road = moves.ROADS["events"]
    first, *rest = road.steps

    def step(course):
        moves.cancel(course.move, actor=ACTOR)
        course.note(done=1)

    steps = {first: step, **{name: road.steps[name] for name in rest}}
    monkeypatch.setitem(moves.ROADS, "events", replace(road, steps=steps))

    ended = moves.run(move)

    assert (ended.state, ended.is_switched) == ("cancelled", False)


def test_move_of__anothers__is_not_found(other_environment, move):
    with pytest.raises(NotFound):
        moves.move_of(other_environment, move.pk)


def test_run__by_two__is_left_to_the_first(move):
    def again(point):
        if point == "switching":
            assert moves.run(move).step == "switch"

    assert moves.run(move, passing=again).state == "following"
    assert StorageMove.objects.count() == 1
