from __future__ import annotations

import json

import pytest

from tests.factories import event_in


@pytest.fixture
def happened(shell, environment):
    for position, what in enumerate(("gateways.gateway.created", "policies.policy.created"), 5):
        event_in(environment, what, position=position, payload={"n": position})
    return shell


def test_events__all__are_a_line_each(happened):
    lines = happened.vamp("events").out.splitlines()

    assert [line.split()[0] for line in lines] == ["5", "6"]
    assert lines[0].endswith("gateways.gateway.created  n=5")


def test_events__json__is_one_line_an_event(happened):
    found = [json.loads(line) for line in happened.vamp("events", "-o", "json").out.splitlines()]

    assert [event["payload"] for event in found] == [{"n": 5}, {"n": 6}]


def test_events__short_subject_and_position__narrow_them(happened):
    only = happened.vamp("events", "--subject", "policies.>", "-o", "name").out
    behind = happened.vamp("events", "--after", "5", "-o", "name").out

    assert only == behind == "6\n"
    assert happened.vamp("events", "--limit", "1", "-o", "name").out == "5\n"


def test_events__none__say_so(shell):
    assert "there are no events" in shell.vamp("events", "--after", "100").err


def test_events__followed__end_after_the_limit(told, told_shell):
    event = {"position": 9, "subject": "vamp.acme.production.a.b", "payload": {}, "emitted_at": ""}
    text = f"id: 9\ndata: {json.dumps(event)}\n\n".encode()
    told.said = [(200, {"Content-Type": "text/event-stream"}, text)]

    ran = told_shell.vamp("events", "-f", "--limit", "1", "--subject", "a.>", "-o", "json")

    assert json.loads(ran.out) == event
    assert "subject=vamp.acme.production.a.>" in told.asked[0][1]
