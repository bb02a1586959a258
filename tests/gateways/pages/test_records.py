from __future__ import annotations

from gateways.pages.records import recent_audit, recent_events
from tests.factories import audit_entry_in, event_in


def test_recent_events__of_one_gateway__leaves_out_others(environment, other_environment):
    mine = event_in(environment)
    several = event_in(environment, "gateways.gateway.applied", payload={"gateways": {"shop": 3}})
    event_in(environment, payload={"gateway": "other"})
    event_in(other_environment)

    found = recent_events(environment, gateway="shop")

    assert [row.pk for row in found] == [several.pk, mine.pk]


def test_recent_audit__by_name__is_newest_first(environment, other_environment):
    first = audit_entry_in(environment)
    second = audit_entry_in(environment, verb="weights.changed")
    audit_entry_in(environment, name="other")
    audit_entry_in(other_environment)

    assert [row.pk for row in recent_audit(environment, "shop")] == [second.pk, first.pk]
