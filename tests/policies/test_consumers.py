from __future__ import annotations

import pytest

from gateways import events as gateway_events
from policies import consumers, events, tasks
from tests.factories import NOON
from vamp.ports.events import Message


@pytest.fixture
def asked(monkeypatch):
    """Names of the tasks that were asked for, each with the environment where it has one."""
    found = []
    for task in (tasks.start_due_in, tasks.deliver_hooks):
        monkeypatch.setattr(
            task,
            "apply_async",
            lambda args, kwargs, name=task.name, **_: found.append((name, *args)),
        )
    return found


START, HOOKS = ("policies.start_due", 7), ("policies.deliver_hooks",)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (gateway_events.ROUTE_ADDED, [START]),
        (gateway_events.INSTANCES_CHANGED, [START]),
        (gateway_events.WEIGHTS_CHANGED, []),
        (events.RELEASE_STARTED, [HOOKS]),
        (events.RELEASE_CHANGED, [HOOKS]),
        (events.RELEASE_FINISHED, [START, HOOKS]),
        (events.HOOK_FAILED, []),
        ("tenants.user.created", []),
    ],
)
def test_on_message__event__asks_for_what_may_be_due(asked, what, expected):
    consumers.on_message(
        Message(
            id="default:1",
            subject=f"vamp.acme.production.{what}",
            payload={"environment_id": 7},
            position=1,
            emitted_at=NOON,
        )
    )

    assert asked == expected
