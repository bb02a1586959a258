from datetime import UTC, datetime

from tenants.models import DedicatedDatabase, MoveState, StorageMove

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_move__ended__is_under_way_no_more():
    move = StorageMove(state="running", active="1/kv")
    assert move.is_active

    move.end(MoveState.FAILED, NOON, "why")

    assert (move.is_active, move.active, move.error, move.finished_at) == (False, None, "why", NOON)


def test_secret_name__of_two_databases__differs():
    assert DedicatedDatabase(alias="a").secret_name != DedicatedDatabase(alias="b").secret_name
