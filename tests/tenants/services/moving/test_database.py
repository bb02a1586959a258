from __future__ import annotations

import pytest
from django.db import DatabaseError

from gateways.models import Gateway
from tenants.models import Environment
from tenants.services import moves
from tests.factories import ACTOR, GatewayFactory, environment_in, event_in
from tests.tenants.storages import Crash, crashing_at, gone_on, moved, proofs
from vamp import fences, outbox
from vamp.errors import Conflict
from vamp.models import AuditEntry, OutboxEvent, RollupRow
from vamp.models.fence import FenceState

pytestmark = pytest.mark.django_db(databases=["default", "dedicated"], transaction=True)


def test_move__there_and_back__keeps_every_row_and_number(tenants, own):
    ours, theirs = tenants
    environment = ours.environment
    before, others = proofs(environment, "default"), proofs(theirs.environment, "default")

    moved(environment, own)
    there = proofs(environment, own)
    moved(environment, "")

    assert there == before
    assert proofs(environment, "default") == before
    assert proofs(theirs.environment, "default") == others
    assert sum(each.rows for each in before.values()) > 20


def test_move__done__leaves_nothing_where_it_was(tenants, own):
    environment = tenants[0].environment

    move = moved(environment, own)

    assert environment.database == own
    assert environment.former_databases == ["default"]
    assert all(each.rows == 0 for each in proofs(environment, "default").values())
    assert Gateway.objects.in_environment(environment).count() == 2
    assert Environment.objects.using(own).get(pk=environment.pk).database == own
    assert 0 < move.held_ms < 5_000


def test_rows__made_after_a_move__meet_no_numbers_of_others(tenants, own):
    ours, theirs = tenants
    moved(ours.environment, own)
    there = GatewayFactory.create(environment=ours.environment, name="there")
    here = GatewayFactory.create(environment=theirs.environment, name="here")

    moved(ours.environment, "")
    again = GatewayFactory.create(environment=theirs.environment, name="again")

    assert len({there.pk, here.pk, again.pk}) == 3
    assert Gateway.objects.using("default").get(pk=there.pk).name == "there"
    assert max(there.pk, again.pk) < 2**53


POINTS = [
    *("check", "mirror", "number", "pass 0", "copy", "held", "proved", "switched", "switch"),
    *("settle", "removed gateways.gateway", "removed vamp.rolluprow", "clear"),
]


@pytest.mark.parametrize("point", POINTS)
def test_move__killed_at_any_point__goes_on_and_loses_nothing(tenants, own, point):
    environment = tenants[0].environment
    before = proofs(environment, "default")
    move = moves.begin(environment, "database", own, actor=ACTOR)
    with pytest.raises(Crash):
        gone_on(move, passing=crashing_at(point))

    move = gone_on(move)

    environment.refresh_from_db()
    assert (move.state, move.error) == ("done", "")
    assert proofs(environment, own) == before
    assert all(each.rows == 0 for each in proofs(environment, "default").values())
    assert fences.state_of("default", environment.pk) == FenceState.MOVED


def test_write__while_held__is_refused_and_others_are_not(tenants, own):
    ours, theirs = tenants
    refused = []

    def passing(point):
        if point == "held":
            for work in (
                lambda: GatewayFactory.create(environment=ours.environment, name="new"),
                lambda: Gateway.objects.in_environment(ours.environment).update(title="x"),
                lambda: Gateway.objects.using("default").filter(name="shop").delete(),
                lambda: RollupRow.objects.using("default").filter(organisation="acme").delete(),
            ):
                with pytest.raises(DatabaseError, match="vamp-fence"):
                    work()
                refused.append(work)
            GatewayFactory.create(environment=theirs.environment, name="new")
            assert fences.seconds_left("acme", "production") >= 1
            assert fences.seconds_left("globex", "production") is None

    gone_on(moves.begin(ours.environment, "database", own, actor=ACTOR), passing=passing)

    assert len(refused) == 4
    assert fences.seconds_left("acme", "production") is None


def test_write__by_who_has_not_heard_of_the_move__is_refused(tenants, own):
    environment = tenants[0].environment
    stale = Environment.objects.get(pk=environment.pk)
    moved(environment, own)

    with pytest.raises(DatabaseError, match="vamp-fence"):
        GatewayFactory.create(environment=stale, name="late")

    assert not Gateway.objects.using("default").filter(name="late").exists()


def test_rows__changed_made_and_removed_while_they_are_copied__arrive(tenants, own):
    environment = tenants[0].environment

    def passing(point):
        if point == "pass 0":
            Gateway.objects.in_environment(environment).filter(name="shop").update(title="later")
            GatewayFactory.create(environment=environment, name="later")
            RollupRow.objects.using("default").filter(
                organisation="acme", gateway="m-shop"
            ).delete()

    gone_on(moves.begin(environment, "database", own, actor=ACTOR), passing=passing)

    environment.refresh_from_db()
    titles = dict(Gateway.objects.in_environment(environment).values_list("name", "title"))
    assert titles["shop"] == "later"
    assert "later" in titles
    assert RollupRow.objects.using(own).filter(organisation="acme").count() == 1


def test_positions__after_a_move__go_on_above_those_before(tenants, own):
    environment = tenants[0].environment
    event_in(environment)
    moved(environment, own)
    event_in(environment, "gateways.gateway.later")
    for database in ("default", own):
        outbox.give_positions(database)

    old = outbox.newest_position("default", "acme", "production")
    rows = OutboxEvent.objects.using(own).filter(organisation="acme").order_by("position")

    told = [outbox.what_of(row.subject) for row in rows]
    assert told == ["tenants.move.switched", "gateways.gateway.later"]
    switched = OutboxEvent.objects.using("default").filter(
        subject__endswith="move.ended", organisation="acme"
    )
    assert rows[0].position > 9_000_000_000  # of the last event of the environment before the move
    assert old > 0
    assert switched.exists()


def test_audit__of_before_a_move__stays_where_its_chain_is(tenants, own):
    environment = tenants[0].environment
    before = AuditEntry.objects.using("default").filter(organisation="acme").count()

    moved(environment, own)

    assert AuditEntry.objects.using("default").filter(organisation="acme").count() > before
    assert list(environment.databases) == ["default", own]


def test_cancel__while_it_is_copied__leaves_all_as_it_was(tenants, own):
    environment = tenants[0].environment
    before = proofs(environment, "default")
    move = moves.begin(environment, "database", own, actor=ACTOR)
    with pytest.raises(Crash):
        gone_on(move, passing=crashing_at("copy"))
    moves.cancel(move, actor=ACTOR)

    move = gone_on(move)

    environment.refresh_from_db()
    assert (move.state, environment.database) == ("cancelled", "default")
    assert proofs(environment, "default") == before
    assert all(each.rows == 0 for each in proofs(environment, own).values())


def test_cancel__once_switched__is_refused(tenants, own):
    move = moved(tenants[0].environment, own)

    with pytest.raises(Conflict):
        moves.cancel(move, actor=ACTOR)


def test_move__to_a_database_with_the_same_numbers__ends_with_the_reason(tenants):
    ours, _ = tenants
    other = environment_in("dedicated", organisation="globex", name="other")
    GatewayFactory.create(environment=other, id=9_000, name="other")

    move = gone_on(moves.begin(ours.environment, "database", "dedicated", actor=ACTOR))

    assert move.state == "failed"
    assert "same numbers (9000)" in move.error
    assert Gateway.objects.using("dedicated").count() == 1


def test_begin__a_move_that_is_under_way__is_a_conflict(tenants, own):
    moves.begin(tenants[0].environment, "database", own, actor=ACTOR)

    with pytest.raises(Conflict, match="already"):
        moves.begin(tenants[0].environment, "database", own, actor=ACTOR)

    assert [move.environment for move in moves.due()] == [tenants[0].environment]


def test_old_rows__changed_past_vamp__are_left_to_look_at(tenants, own):
    environment = tenants[0].environment
    move = moves.begin(environment, "database", own, actor=ACTOR)
    with pytest.raises(Crash):
        gone_on(move, passing=crashing_at("settle"))
    fences.put("default", environment.pk, ("acme", "production"), FenceState.OPEN)
    Gateway.objects.using("default").filter(environment_id=environment.pk).update(title="by hand")

    move = gone_on(move)

    assert move.state == "failed"
    assert "somebody wrote there" in move.error
    assert Gateway.objects.using("default").filter(environment_id=environment.pk).count() == 2
