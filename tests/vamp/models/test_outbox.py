from __future__ import annotations

import pytest

from tests.factories import event_in
from vamp.models.outbox import OutboxEvent, about


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["gateways.gateway.changed"], {"gateways.gateway.changed"}),
        (["gateways.gateway.changed", "x.y.z"], {"gateways.gateway.changed"}),
        (["way.changed"], set()),
        ([], {"gateways.gateway.changed", "policies.policy.created"}),
    ],
)
def test_about__some_names__are_events_of_these_and_no_names_are_all(environment, names, found):
    for what in ("gateways.gateway.changed", "policies.policy.created"):
        event_in(environment, what=what)
    events = OutboxEvent.objects.using(environment.database).filter(
        payload={"gateway": "shop"}, organisation=environment.organisation.name
    )

    assert {row.subject.split(".", 3)[-1] for row in events.filter(about(names))} == found
