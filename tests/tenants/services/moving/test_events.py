from __future__ import annotations

import pytest

from tenants.connections import event_scopes
from tenants.services import moves
from tenants.services.moving import events as road
from tests.factories import ACTOR
from tests.tenants.storages import Crash, crashing_at, gone_on
from vamp import streams

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"])

OTHER = "db:?x=other"


def scope_of(environment):
    return next(each for each in event_scopes() if each.id == f"e{environment.pk}")


def test_move__switched__still_hears_the_old_stream(tenants):
    environment = tenants[0].environment
    usual = streams.installation_stream()

    move = gone_on(moves.begin(environment, "events", OTHER, actor=ACTOR))

    scope = scope_of(environment)
    assert move.state == "following"
    assert scope.stream.url == OTHER
    assert scope.draining.url == usual.url
    heard = {source.stream.url for source in streams.sources(event_scopes(), ["default"])}
    assert heard == {usual.url, OTHER}


def test_move__after_a_while__ends_by_itself(tenants, monkeypatch):
    monkeypatch.setattr(road, "DRAIN_S", 0.0)
    move = gone_on(moves.begin(tenants[0].environment, "events", OTHER, actor=ACTOR))

    for _ in range(3):
        move = moves.run(move)

    assert move.state == "done"
    assert scope_of(tenants[0].environment).draining is None


@pytest.mark.parametrize("point", ["check", "switching", "switched", "switch"])
def test_move__killed_at_any_point__goes_on(tenants, point):
    move = moves.begin(tenants[0].environment, "events", OTHER, actor=ACTOR)
    with pytest.raises(Crash):
        gone_on(move, passing=crashing_at(point))

    move = gone_on(move)
    moves.finish(move, actor=ACTOR)

    assert gone_on(move).state == "done"
    assert scope_of(tenants[0].environment).stream.url == OTHER
