from __future__ import annotations

import pytest
from django.db import OperationalError

from vamp import celery, poison
from vamp.models import DeadTask
from vamp.poison import MOST_DELIVERIES, Message, key_of


@pytest.fixture
def rows(db):
    return DeadTask.objects.using("default")


def message(number=1, **changed):
    fields = {"id": f"m{number}", "task": "gateways.publish", "args": [7], "kwargs": {}}
    return Message(**{**fields, "queue": "vamp.live", **changed})


def test_may_run__message_comes_back_again_and_again__is_put_aside(rows):
    tried = [poison.may_run(message()) for _ in range(MOST_DELIVERIES)]

    assert tried == [True] * (MOST_DELIVERIES - 1) + [False]
    row = rows.get()
    assert (row.task, row.args, row.queue, row.task_id) == (
        "gateways.publish",
        [7],
        "vamp.live",
        "m1",
    )
    assert row.is_put_aside
    assert "worker ended" in row.error


def test_may_run__another_message_of_the_same_task__is_counted_anew(rows):
    for _ in range(MOST_DELIVERIES):
        poison.may_run(message(1))

    assert poison.may_run(message(2))
    assert rows.get().deliveries == 1


def test_note_success__of_a_message_that_came_back__forgets_it(rows):
    poison.may_run(message())

    poison.note_success(message())

    assert not rows.exists()


def test_note_failure__more_than_once__is_one_row_with_the_last_error(rows):
    poison.note_failure(message(1), ValueError("first"))
    poison.note_failure(message(2), KeyError("second"))

    row = rows.get()
    assert (row.failures, row.task_id, row.error) == (2, "m2", "KeyError: 'second'")
    assert not row.is_put_aside


def test_note_failure__database_was_away__is_no_fault_of_the_task(rows):
    poison.note_failure(message(), OperationalError(2013, "Lost connection"))

    assert not rows.exists()


def test_key__of_task_and_arguments__tells_them_apart():
    keys = {
        key_of("a", [1], {}),
        key_of("a", [2], {}),
        key_of("a", ["1"], {}),
        key_of("b", [1], {}),
        key_of("a", [1], {"x": 1}),
    }

    assert len(keys) == 5
    assert key_of("a", (1,), {"x": 1, "y": 2}) == key_of("a", [1], {"y": 2, "x": 1})


def test_send_again__put_aside__is_queued_anew_and_forgotten(rows):
    poison.note_failure(message(), ValueError("no"))

    sent = poison.send_again(rows.get(), actor="root")

    assert not rows.exists()
    with celery.app.connection_for_read() as connection:
        found = connection.SimpleQueue("vamp.live").get(timeout=5)
        found.ack()
    assert found.headers["id"] == sent
    assert found.headers["task"] == "gateways.publish"
    assert found.decode()[0] == [7]


@pytest.fixture
def odd_task():
    @celery.app.task(name="tests.odd", shared=False)
    def odd(text):
        if text == "bad":
            raise ValueError(text)
        return text

    yield odd
    celery.app.tasks.pop("tests.odd")


def traced(task, *args, redelivered=False):
    """Run a task as a worker does, for one message of the broker."""
    from celery.app.trace import build_tracer

    request = {
        "id": "m9",
        "delivery_info": {"routing_key": "vamp.regular", "redelivered": redelivered},
        "called_directly": False,
    }
    return build_tracer(task.name, task, app=celery.app)("m9", args, {}, request)


def test_task__of_a_worker_fails__is_noted_with_its_arguments(rows, odd_task):
    traced(odd_task, "bad")

    row = rows.get()
    assert (row.task, row.args, row.queue) == ("tests.odd", ["bad"], "vamp.regular")
    assert (row.failures, row.error) == (1, "ValueError: bad")


def test_task__that_came_back_too_often__is_not_run(rows, odd_task):
    found = [traced(odd_task, "fine", redelivered=True).retval for _ in range(2)]

    assert found == ["fine", "fine"]
    assert not rows.exists()  # each was done after all

    for _ in range(MOST_DELIVERIES - 1):
        poison.may_run(Message("m9", "tests.odd", ["fine"], {}))
    assert traced(odd_task, "fine", redelivered=True).retval is None
    assert rows.get().is_put_aside


def test_task__called_directly__is_a_function(rows, odd_task):
    assert odd_task("fine") == "fine"
    with pytest.raises(ValueError, match="bad"):
        odd_task("bad")
    assert not rows.exists()
