from __future__ import annotations

import pytest

from tenants.models import StorageMove
from tenants.services import moves
from vamp.cli.forklift.moving import sentence

TO = "db:?x=1"


def gone_on(_seconds: float = 0) -> None:
    """What a worker does with moves that were begun."""
    for move in moves.due():
        moves.run(move)


@pytest.fixture
def worked(root):
    """A shell of a platform administrator; while it waits, a worker works."""
    root.on_sleep = gone_on
    return root


def test_move__begun_and_waited_for__is_followed_until_it_is_finished(worked):
    begun = worked.forklift("move", "begin", "events", TO, "--wait")
    shown = worked.forklift("move", "show")
    stores = worked.forklift("list", "stores")
    finished = worked.forklift("move", "finish", "--wait")

    assert "is in use; the old one is kept in step" in begun.out, begun.err
    assert "state: following" in shown.out
    assert "environment" in stores.out.splitlines()[4]
    assert "is done" in finished.out, finished.err
    assert "inherited   db:   done" in worked.forklift("move", "list").out
    assert StorageMove.objects.get().state == "done"


def test_move__rehearsed__begins_nothing(root):
    ran = root.forklift("move", "begin", "events", TO, "--dry-run")

    assert ran.out == "the events would be moved from what is inherited to db:\n", ran.err
    assert not StorageMove.objects.exists()


def test_move__that_cannot_be__is_refused_with_its_fault(root, shell):
    assert root.forklift("move", "begin", "events", "redis://x").exit == 1
    assert root.forklift("move", "begin", "cellar", "x").exit == 1
    assert root.forklift("move", "show").exit == 3
    assert root.forklift("move", "finish", "7").exit == 3
    assert shell.forklift("move", "begin", "events", TO).exit == 4


def test_undo__of_a_move_that_is_not_switched__gives_it_up(worked):
    worked.forklift("move", "begin", "events", TO)

    ran = worked.forklift("move", "undo", "--wait")

    assert "was given up" in ran.out, ran.err
    assert StorageMove.objects.get().state == "cancelled"


def test_undo__of_a_finished_move__moves_back(worked):
    worked.forklift("move", "begin", "events", TO, "--wait")
    worked.forklift("move", "finish", "--wait")

    ran = worked.forklift("move", "undo", "--wait")

    assert "to what is inherited" in ran.out, ran.err
    worked.forklift("move", "finish", "--wait")
    back = worked.forklift("move", "undo")  # its URL is not shown whole, so nobody can take it
    assert back.exit == 2
    assert "move begin events URL" in back.err


def test_move__waited_for_in_vain__ends_with_7(root):
    root.forklift("move", "begin", "events", TO)

    ran = root.forklift("move", "show", "--wait", "--timeout", "1s")

    assert ran.exit == 7
    assert "is not over within 1 s" in ran.err


def test_sentence__of_a_failed_move__tells_why():
    row = {
        "id": 3, "kind": "database", "to_store": "own", "state": "failed", "held_ms": 41,
        "error": "it is not empty",
    }  # fmt: skip

    assert sentence(row) == (
        "move 3 of the database to own failed, writes were held for 41 ms: it is not empty"
    )
