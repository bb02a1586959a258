from __future__ import annotations

import contextvars
import logging
import threading

import pytest

from vamp import log_context
from vamp.log_context import ContextFilter, LogContext


def record(**extra):
    made = logging.getLogger("tests").makeRecord(
        "tests", logging.INFO, "f.py", 1, "thing.done", (), None, extra=extra
    )
    assert ContextFilter().filter(made)
    return vars(made)


def test_filter__inside_a_context__adds_its_fields_to_every_record():
    with log_context.bound(request_id="r-1", actor="acme/ana"):
        found = record(gateway="shop")

    assert (found["request_id"], found["actor"], found["gateway"]) == ("r-1", "acme/ana", "shop")
    assert "task_id" not in found


def test_filter__record_says_it_by_itself__keeps_its_own():
    with log_context.bound(environment="production"):
        assert record(environment="acme/staging")["environment"] == "acme/staging"


def test_filter__outside__adds_nothing():
    assert not log_context._NAMES & record().keys()


def test_bound__within_another__keeps_what_it_does_not_change_and_returns():
    with log_context.bound(request_id="r-1"):
        with log_context.bound(task_id="t-1"):
            assert log_context.current() == LogContext(request_id="r-1", task_id="t-1")

        assert log_context.current() == LogContext(request_id="r-1")
    assert log_context.current() == log_context.NOTHING


def test_bound__other_threads__do_not_see_it():
    seen = []
    with log_context.bound(request_id="r-1"):
        thread = threading.Thread(target=lambda: seen.append(log_context.current()))
        thread.start()
        thread.join()

    assert seen == [log_context.NOTHING]


def test_add__outside_of_everything__keeps_nothing():
    def work():
        log_context.add(actor="acme/ana")
        return log_context.current()

    assert contextvars.copy_context().run(work) == log_context.NOTHING


def test_add__inside__is_forgotten_with_the_block():
    with log_context.bound(request_id="r-1"):
        log_context.add(actor="acme/ana")
        assert log_context.current().actor == "acme/ana"

    assert log_context.current() == log_context.NOTHING


def test_of_event__caused_by_a_request__carries_its_id_and_actor():
    with log_context.bound(request_id="r-1", actor="acme/ana", task_id="t-1"):
        payload = {"gateway": "shop", log_context.ORIGIN: log_context.origin_of_event()}

    found = log_context.of_event("default:7", "vamp.acme.production.gateways.x.y", payload)

    assert found == LogContext(
        request_id="r-1",
        event_id="default:7",
        organisation="acme",
        environment="production",
        actor="acme/ana",
    )


@pytest.mark.parametrize("origin", [None, "r-1", ["r-1"], {"request_id": 7}, {"colour": "blue"}])
def test_of_event__origin_in_another_form__is_left_out(origin):
    found = log_context.of_event("default:7", "vamp._._.tenants.x.y", {"origin": origin})

    assert found == LogContext(event_id="default:7")


def test_read__what_came_over_the_wire__is_narrowed_to_what_we_know():
    given = {"request_id": "r-1", "actor": "a" * 1_000, "task_id": 5, "other": "x"}

    assert log_context.read(given) == LogContext(request_id="r-1")
