"""Telling an API server that may be away."""

from __future__ import annotations

import pytest

from tests.vamp.drivers.scheduler.kubernetes.scripted import Answer
from vamp.demo.kubernetes.reporter import AGAIN_S, Reporter

PATH = "/api/v1/namespaces/team/pods/shop-1"
GONE = Answer({"message": "not found"}, 404)
AWAY = Answer({"message": "later"}, 503)


@pytest.fixture
def notes():
    return []


@pytest.fixture
def reporter(server, notes):
    return Reporter(server.api(), "team", "shop-1", "u", notes.append)


def test_tell__server_away__is_told_with_the_next_retry(server, reporter):
    server.on("PATCH", f"{PATH}/status", AWAY, Answer({}))

    reporter.tell({"a": 1})
    assert (reporter.retry_within(None), reporter.retry_within(0.1)) == (AGAIN_S, 0.1)
    reporter.retry()
    reporter.retry()

    assert [each.body for each in server.asked] == [{"a": 1}, {"a": 1}]
    assert (reporter.retry_within(None), reporter.retry_within(7.0)) == (None, 7.0)


def test_tell__newer_before_the_older_was_told__leaves_the_older_out(server, reporter):
    server.on("PATCH", f"{PATH}/status", AWAY, AWAY, Answer({}))

    reporter.tell({"a": 1})
    reporter.tell({"a": 2})
    reporter.retry()

    assert server.asked[-1].body == {"a": 2}


@pytest.mark.parametrize("status", [404, 409, 422])
def test_tell__pod_is_gone_or_another__is_noted_and_given_up(server, reporter, notes, status):
    server.on("PATCH", f"{PATH}/status", Answer({"message": "no"}, status))

    reporter.tell({"a": 1})

    assert reporter.retry_within(None) is None
    assert len(notes) == 1


def test_delete__server_away__tries_until_it_is_done(server, reporter):
    server.on("DELETE", PATH, AWAY, AWAY, Answer({}))
    waits = []

    reporter.delete(lambda seconds: not waits.append(seconds))

    assert waits == [AGAIN_S, AGAIN_S]
    assert server.asked[-1].body == {"gracePeriodSeconds": 0, "preconditions": {"uid": "u"}}


def test_delete__told_not_to_go_on__ends(server, reporter):
    server.on("DELETE", PATH, AWAY)

    reporter.delete(lambda seconds: False)

    assert len(server.asked) == 1


def test_delete__gone_already__is_done(server, reporter):
    server.on("DELETE", PATH, GONE)

    reporter.delete(lambda seconds: pytest.fail("there is nothing to wait for"))
