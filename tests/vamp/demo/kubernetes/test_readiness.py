"""Probing: when, and what answers add up to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vamp.demo.kubernetes.plan import Probe
from vamp.demo.kubernetes.readiness import Readiness
from vamp.demo.kubernetes.status import Running

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STARTED = Running("127.64.1.2", NOON, False, NOON, unready="starts")


@pytest.fixture
def at(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: moment[0])
    return moment


def test_readiness__without_a_probe__is_ready_once_and_asked_no_more(at):
    readiness = Readiness(None, STARTED)

    assert readiness.is_due()
    assert readiness.take("")
    assert (readiness.now.is_ready, readiness.now.unready) == (True, "")
    assert readiness.wait_s() is None
    assert not readiness.is_due()


def test_readiness__before_it_was_ready__is_asked_eagerly_then_by_the_period(at):
    readiness = Readiness(Probe(80, period_s=5.0, initial_delay_s=1.0), STARTED)
    assert (readiness.is_due(), readiness.wait_s()) == (False, 1.0)

    readiness.take("no")
    assert readiness.wait_s() == pytest.approx(0.1)
    readiness.take("")
    assert readiness.wait_s() == 5.0


def test_readiness__fails_as_often_as_allowed__turns_and_keeps_the_moment(at):
    readiness = Readiness(Probe(80, failures=2), STARTED)
    readiness.take("")
    ready_since = readiness.now.since

    assert not readiness.take("no")
    assert readiness.now.is_ready
    assert readiness.take("no")
    assert (readiness.now.is_ready, readiness.now.unready) == (False, "no")
    assert readiness.now.since >= ready_since > NOON


def test_readiness__needs_several_good_answers__waits_for_them(at):
    readiness = Readiness(Probe(80, successes=2), STARTED)

    assert not readiness.take("")
    readiness.take("no")
    assert not readiness.take("")
    assert readiness.take("")


def test_readiness__another_reason__is_told_with_the_same_moment(at):
    readiness = Readiness(Probe(80), STARTED)

    assert readiness.take("nothing listens")
    assert not readiness.take("nothing listens")
    assert readiness.now.since == NOON
