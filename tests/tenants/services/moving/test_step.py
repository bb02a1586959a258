import pytest

from tenants.services import moves
from tenants.services.moving.step import Course, Road
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])


def nothing(course):
    pass


def test_names_from__a_step__are_those_left():
    road = Road({"a": nothing, "b": nothing, "c": nothing}, nothing, "b")

    assert road.names_from("b") == ["b", "c"]
    assert road.names_from("nowhere") == ["a", "b", "c"]


def test_note__facts__are_there_after_a_crash(environment):
    move = moves.begin(environment, "events", "db:?x=1", actor=ACTOR)
    Course(move, environment, None).note(done=1, total=2, seen=[3])

    move.refresh_from_db()

    assert (move.done, move.total, move.facts["seen"]) == (1, 2, [3])
