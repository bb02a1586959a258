from __future__ import annotations

import pytest

from tests.vamp.drivers.events.nats_server import free_port, running
from vamp.drivers.events.jetstream import JetStream
from vamp.drivers.events.jetstream_check import Facts, may_publish, note
from vamp.dsn import Dsn
from vamp.ports.checks import Check, Tone
from vamp.ports.errors import PortUnavailable

THERE = {"vamp-acme": True, "vamp-acme_dead": True}


def noted(**facts):
    check = Check("NATS")
    note(check, Facts(version="2.15.2", **facts), "acme")
    return check.done()


def test_note__all_there__is_well():
    assert noted(streams=THERE, permissions={}).is_prepared


def test_note__no_stream_yet__is_to_be_prepared():
    found = noted(streams={**THERE, "vamp-acme": False})

    assert found.ok
    assert "there is no vamp-acme" in found.findings[-1].message


def test_note__jetstream_off__says_to_turn_it_on():
    found = noted(refusal=PortUnavailable("NATS answers, but its JetStream is off"))

    assert not found.ok
    assert "turn JetStream on" in found.findings[-1].hint


def test_note__user_that_may_not_publish__is_told_what_to_allow():
    found = noted(streams=THERE, permissions={"publish": {"allow": ["$JS.API.>"]}})

    (finding,) = [each for each in found.findings if each.tone is Tone.BAD]
    assert finding.what == "may publish events"
    assert finding.hint == "let our user publish to vamp.>"


@pytest.mark.parametrize(
    ("permissions", "may"),
    [
        ({}, True),
        ({"publish": {"allow": [">"]}}, True),
        ({"publish": {"allow": ["vamp.*.prod.>"]}}, True),
        ({"publish": {"allow": ["vamp.acme.prod"]}}, False),
        ({"publish": {"allow": ["vamp.*"]}}, False),
        ({"publish": {"deny": ["vamp.acme.>"]}}, False),
        ({"publish": {"allow": []}}, False),
        ({"publish": {"allow": ["vamp.acme.prod.x.>"]}}, False),
    ],
)
def test_may_publish__rules_of_a_user__are_those_of_nats(permissions, may):
    assert may_publish(permissions, "vamp.acme.prod.x") is may


def test_check__nobody_listens__says_who_does_not_answer():
    stream = JetStream.from_dsn(Dsn.parse(f"nats://127.0.0.1:{free_port()}"))

    found = stream.check("acme")

    assert not found.ok
    assert "does not answer" in found.findings[0].message


@pytest.mark.stack
def test_check__real_server_before_the_first_event__is_prepared_by_the_set_up(tmp_path):
    with running(tmp_path) as server:
        stream = server.stream()
        before = stream.check("acme")
        stream.prepare("acme")
        after = stream.check("acme")
        stream.close()

    assert before.ok, before
    assert not before.is_prepared
    assert after.is_prepared
    assert after.version.startswith("2.")


@pytest.mark.stack
def test_check__real_server_with_a_wrong_password__says_so_and_never_shows_it(tmp_path):
    users = {"authorization": {"users": [{"user": "vamp", "password": "right"}]}}
    with running(tmp_path, **users) as server:
        url = f"nats://vamp:hunter2@127.0.0.1:{server.port}"
        found = JetStream.from_dsn(Dsn.parse(url)).check("acme")

    assert not found.ok
    assert "does not let us in" in found.findings[0].message
    assert "hunter2" not in str(found)
