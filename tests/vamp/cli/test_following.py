"""The stream of events, against a server that breaks it off."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.vamp.cli.told import problem
from vamp.cli.failure import Exit, Failure
from vamp.cli.following import follow, frames
from vamp.cli.session import Given, Session
from vamp.cli.surroundings import Surroundings

TYPE = {"Content-Type": "text/event-stream"}


def test_frames__comments_ids_and_retry__are_told_apart():
    text = ': hi\n\nid: 4\nevent: x\ndata: {"a":1}\n\nretry: 700\n\ndata: 1\ndata: 2\n\ndata: cut'

    found = list(frames(text.split("\n")))

    assert [(each.id, each.data, each.retry_ms) for each in found] == [
        ("4", '{"a":1}', None), ("", "", 700), ("", "1\n2", None),
    ]  # fmt: skip


@pytest.fixture
def slept():
    return []


@pytest.fixture
def session(told, slept):
    given = Given(server=told.address, organisation="acme", environment="prod")
    environ = {"VAMP_TOKEN": "t.t", "HOME": "/nowhere"}
    return Session(given, Surroundings(environ=environ, sleep=slept.append))


def test_follow__broken_off__goes_on_behind_the_last_event(told, session, slept):
    told.said = [
        (200, TYPE, b'id: 4\ndata: {"position": 4}\n\nretry: 700\n\n'),
        (200, TYPE, b'id: 5\ndata: {"position": 5}\n\n'),
    ]
    sent = []
    session.api._http.hooks["response"].append(
        lambda answer, **_: sent.append(answer.request.headers.get("Last-Event-ID"))
    )

    found = list(islice(follow(session, subject="vamp.>", after=3), 2))

    assert [each["position"] for each in found] == [4, 5]
    assert sent == [None, "4"]
    assert slept == [0.7]
    assert "subject=vamp.>" in told.asked[0][1]


def test_follow__server_away_meanwhile__is_waited_for(told, session, slept):
    told.said = [
        (200, TYPE, b'id: 4\ndata: {"position": 4}\n\n'),
        *[problem(503, "unavailable", "Busy")] * 5,
        (200, TYPE, b'id: 5\ndata: {"position": 5}\n\n'),
    ]

    found = list(islice(follow(session), 2))

    assert [each["position"] for each in found] == [4, 5]


def test_follow__refused__ends_at_once(told, session):
    told.said = [problem(404, "not-found", "Not found")]

    with pytest.raises(Failure) as caught:
        next(follow(session))

    assert caught.value.exit is Exit.NOT_FOUND
