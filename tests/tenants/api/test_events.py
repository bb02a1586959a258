"""Events and audit through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenants.api import events
from tests.factories import NOON, audit_entry_in, dead_letter_in, event_in
from vamp.models import OutboxEvent

HERE = "/api/v1/organisations/acme/environments/production"


def test_events__after_a_position__come_in_order(api, environment, other_environment):
    for position in (7, 5, 9):
        event_in(environment, position=position)
    event_in(environment)
    event_in(other_environment, position=8)

    first = api.get(f"{HERE}/events?after=4&limit=2").json()
    rest = api.get(f"{HERE}/events?after={first['after']}&limit=2").json()

    assert [row["position"] for row in first["results"]] == [5, 7]
    assert (first["after"], first["is_more"]) == (7, True)
    assert [row["position"] for row in rest["results"]] == [9]
    assert (rest["after"], rest["is_more"]) == (9, False)


def test_events__nothing_new__keeps_the_position(api, environment):
    assert api.get(f"{HERE}/events?after=12").json() == {
        "results": [],
        "after": 12,
        "is_more": False,
    }


@pytest.mark.parametrize(
    ("subject", "count"),
    [
        ("vamp.acme.production.gateways.gateway.changed", 1),
        ("vamp.acme.production.gateways.>", 2),
        ("vamp.acme.production.policies.>", 0),
        ("vamp.globex.>", 0),
        ("vamp.>", 2),
    ],
)
def test_events__by_subject__narrow(api, environment, other_environment, subject, count):
    event_in(environment, position=1)
    event_in(environment, "gateways.gateway.created", position=2)
    event_in(other_environment, position=3)

    assert len(api.get(f"{HERE}/events", {"subject": subject}).json()["results"]) == count


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=501", "subjects=x"])
def test_events__senseless_query__is_refused(api, query):
    assert api.get(f"{HERE}/events?{query}").status_code == 400


def test_dead_letters__list__shows_own(api, environment, other_environment):
    dead_letter_in(environment, error="ours")
    dead_letter_in(other_environment, error="theirs")

    answer = api.get(f"{HERE}/dead-letters").json()

    assert [row["error"] for row in answer["results"]] == ["ours"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["cart", "shop"]),
        ({"name": "shop"}, ["shop"]),
        ({"actor": "bo"}, ["cart"]),
        ({"verb": "gateway.removed"}, ["cart"]),
        ({"since": (NOON + timedelta(minutes=1)).isoformat()}, ["cart"]),
        ({"until": (NOON + timedelta(minutes=1)).isoformat()}, ["shop"]),
        ({"kind": "policy"}, []),
    ],
)
def test_audit__filters__narrow(api, environment, other_environment, query, names):
    audit_entry_in(environment)
    audit_entry_in(
        environment, name="cart", actor="bo", verb="gateway.removed", at=NOON + timedelta(hours=1)
    )
    audit_entry_in(other_environment)
    query = {"kind": "gateway", **query}

    answer = api.get(f"{HERE}/audit", query).json()

    assert [row["name"] for row in answer["results"]] == names


def test_audit__of_the_organisation__tells_of_environments_and_tokens(api, other_environment):
    api.post("/api/v1/organisations/acme/tokens", {"name": "ci"}, format="json")

    answer = api.get("/api/v1/organisations/acme/audit").json()

    verbs = {row["verb"] for row in answer["results"]}
    assert {"token.created", "environment.created", "organisation.created"} <= verbs
    assert all("globex" not in row["name"] for row in answer["results"])


def test_events__of_a_rare_subject__are_looked_for_a_part_at_a_time(api, environment, monkeypatch):
    OutboxEvent.objects.using(environment.database).all().delete()
    for position in range(1, 6):
        event_in(environment, "gateways.weights.changed", position=position)
    event_in(environment, "gateways.gateway.created", position=6)
    monkeypatch.setattr(events, "MOST_LOOKED_AT", 2)
    wanted = {"subject": "vamp.acme.production.gateways.gateway.created"}

    told = [api.get(f"{HERE}/events", {**wanted, "after": after}).json() for after in (0, 2, 4, 6)]

    assert [(each["after"], each["is_more"]) for each in told] == [
        (2, True), (4, True), (6, True), (6, False),
    ]  # fmt: skip
    assert [len(each["results"]) for each in told] == [0, 0, 1, 0]
