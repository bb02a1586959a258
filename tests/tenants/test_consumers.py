from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tenants import consumers, events, tasks
from vamp.ports.events import Message


@pytest.fixture
def queued(monkeypatch):
    found = []
    monkeypatch.setattr(tasks.publish_configuration, "delay", lambda *names: found.append(names))
    return found


def message(subject):
    return Message("default:1", subject, {}, 1, datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("subject", "names"),
    [
        ("vamp.acme.production.tenants.environment.changed", [("acme", "production")]),
        ("vamp.acme._.tenants.organisation.created", [("acme", "")]),
        ("vamp.acme.production.gateways.gateway.changed", []),
        ("vamp.acme._.tenants.user.created", []),
    ],
)
def test_on_message__namespace_changed__queues_its_configuration(queued, subject, names):
    consumers.on_message(message(subject))

    assert queued == names


def test_configures__every_event__is_one_of_this_apps():
    assert all(event.startswith("tenants.") for event in events.CONFIGURES)


@pytest.mark.parametrize(
    ("payload", "found"),
    [({"name": "vga", "environment_id": 7, "token_id": 3}, [3]), ({"name": "ci"}, [])],
)
@pytest.mark.parametrize("what", ["revoked", "rotated"])
def test_on_message__token_ends_or_is_rotated__ends_what_its_agents_hear_with(
    monkeypatch, what, payload, found
):
    asked = []
    monkeypatch.setattr(tasks.end_events_key, "delay", asked.append)

    consumers.on_message(replace(message(f"vamp.acme._.tenants.token.{what}"), payload=payload))

    assert asked == found


@pytest.mark.parametrize(
    ("what", "payload", "key"),
    [
        ("production.tenants.environment.retired", {"environment_id": 7}, "environment/7"),
        ("_.tenants.organisation.retired", {"organisation_id": 3}, "organisation/3"),
    ],
)
def test_on_message__deletion_has_begun__queues_it(monkeypatch, what, payload, key):
    asked = []
    monkeypatch.setattr(tasks.continue_deletion_of, "delay", asked.append)
    now = datetime(2026, 3, 1, tzinfo=UTC)

    consumers.on_message(Message("default:1", f"vamp.acme.{what}", payload, 1, now))

    assert asked == [key]
    assert consumers.CONCERNS >= events.DELETES


def test_on_message__set_up_asked_for__queues_that_run(monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.set_up, "delay", lambda *run: queued.append(run))
    asked = Message(
        "default:1", "vamp.acme.production.tenants.setup.requested",
        {"environment_id": 7, "number": 2}, 1, datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip

    consumers.on_message(asked)

    assert queued == [(7, 2)]
    assert events.SETUP_REQUESTED in consumers.CONCERNS
