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
    """Ids of the environments whose publication was asked for."""
    found = []
    monkeypatch.setattr(
        tasks.publish, "apply_async", lambda args, kwargs, **_: found.append(args[0])
    )
    return found


def message(what):
    return Message(
        id="default:1",
        subject=f"vamp.acme.production.{what}",
        payload={"environment_id": 7},
        position=1,
        emitted_at=NOON,
    )


@pytest.mark.parametrize("what", DECLARED)
def test_on_message__event_of_this_app__asks_for_publication_only_where_a_part_is_stale(
    asked, what
):
    consumers.on_message(message(what))

    assert asked == ([7] if what in events.NEEDS_PUBLICATION else [])


@pytest.mark.parametrize("what", ["tenants.user.created", "policies.release.changed", "", "x"])
def test_on_message__another_apps_event__asks_for_nothing(asked, what):
    consumers.on_message(message(what))

    assert asked == []
