from __future__ import annotations

import pytest

from gateways import consumers, events, tasks
from tests.factories import NOON
from vamp.ports.events import Message

DECLARED = sorted(
    value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)
)


@pytest.fixture
def asked(monkeypatch):
    """What was queued: name of the task, and the environment that it is for."""
    found = []
    for task in (tasks.publish, tasks.publish_manifest):
        monkeypatch.setattr(
            task,
            "apply_async",
            lambda args, kwargs, name=task.name, **_: found.append((name, *args)),
        )
    return found


def message(what, **payload):
    return Message(
        id="default:1",
        subject=f"vamp.acme.production.{what}",
        payload={"environment_id": 7, **payload},
        position=1,
        emitted_at=NOON,
    )


@pytest.mark.parametrize("what", DECLARED)
def test_on_message__event_of_this_app__asks_only_for_what_is_stale(asked, what):
    consumers.on_message(message(what))

    if what in events.NEEDS_PUBLICATION:
        assert asked == [("gateways.publish", 7, [])]
    elif what in events.NEEDS_MANIFEST:
        assert asked == [("gateways.publish_manifest", 7)]
    else:
        assert asked == []


@pytest.mark.parametrize("what", ["tenants.environment.created", "tenants.environment.changed"])
def test_on_message__environment_changed__its_shared_port_may_be_another(asked, what):
    consumers.on_message(message(what))

    assert asked == [("gateways.publish_manifest", 7)]


@pytest.mark.parametrize("what", ["tenants.user.created", "policies.release.changed", "", "x"])
def test_on_message__another_apps_event__asks_for_nothing(asked, what):
    consumers.on_message(message(what))

    assert asked == []


@pytest.mark.parametrize(
    ("what", "payload", "first"),
    [
        (events.WEIGHTS_CHANGED, {"gateway": "shop"}, ["shop"]),
        (events.INSTANCES_CHANGED, {"gateways": ["shop", "cart"]}, ["shop", "cart"]),
    ],
)
def test_on_message__gateways_that_it_names__come_first(asked, what, payload, first):
    consumers.on_message(message(what, **payload))

    assert asked == [("gateways.publish", 7, first)]
