"""Agents through the API: what they send, and what people see of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from gateways.agent.faults import AgentFault
from gateways.agent.report import Identity, Status, report_json
from gateways.agent.spool import rollup_json
from gateways.models import Agent
from tenants.services.tokens import create_token
from tests.factories import AgentFactory, AppliedFactory
from vamp.models import AuditEntry, RollupRow
from vamp.ports.metrics import HISTOGRAM_SIZE, Rollup

HERE = "/api/v1/organisations/acme/environments/production/agents"
REPORT = f"{HERE}/vga-1/report"
ROLLUPS = f"{HERE}/vga-1/rollups"


def agent_client(environment, name="agents"):
    _, text = create_token(name, actor="tests", agent_of=environment)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"token {text}")
    return client


@pytest.fixture
def agent(environment):
    return agent_client(environment)


def report_of(now, applied=None, *, acknowledged=None, faults=()):
    """The body that the agent's own code makes."""
    identity = Identity("boot-1", now - timedelta(hours=1), "0.1.0", "2.6.12", "127.0.0.2")
    status = Status(applied or {}, now, 0, None, tuple(faults), 2)
    return report_json(identity, status, acknowledged)


def rollup_of(now, name="vga-1", **fields):
    values = {
        "id": f"{name}/boot-1/0/shop/shop-1.0.0/0",
        "agent": name,
        "gateway": "shop",
        "route": "shop-1.0.0",
        "service": "shop",
        "version": "1.0.0",
        "start": now,
        "seconds": 1.0,
        "count": 3,
        "statuses": (0, 3, 0, 0, 0, 0),
        "errors": 0,
        "bytes_out": 300,
        "latency_sum_ms": 4.5,
        "latency_histogram": (3,) + (0,) * (HISTOGRAM_SIZE - 1),
    }
    return rollup_json(Rollup(**{**values, **fields}))


def test_report__first__makes_the_agent(agent, api, environment, now):
    fault = AgentFault("shop", "the port is taken", now)

    answer = agent.post(REPORT, report_of(now, {"shop": 3}, faults=[fault]), format="json")

    assert answer.status_code == 200
    assert answer.json() == {"agents": ["vga-1"], "applied_by_others": {}}
    shown = api.get(f"{HERE}/vga-1").json()
    assert shown["is_live"] is True
    assert shown["applied"] == {"shop": 3}
    assert shown["faults"][0]["message"] == "the port is taken"
    assert api.get(HERE).json()["count"] == 1


def test_report__others_are_ahead__tells_by_how_much(agent, environment, now):
    for name, seen, generation in (("vga-2", now, 5), ("vga-3", now - timedelta(hours=1), 9)):
        other = AgentFactory.create(environment=environment, name=name, reported_at=seen)
        for gateway in ("shop", "cart"):
            AppliedFactory.create(
                environment=environment, agent=other, gateway=gateway, generation=generation
            )

    answer = agent.post(REPORT, report_of(now, {"shop": 4, "cart": 5}), format="json").json()

    assert answer["agents"] == ["vga-1", "vga-2"]
    assert answer["applied_by_others"] == {"shop": 5}


def test_report__of_what_changed__keeps_the_rest(agent, api, now):
    agent.post(REPORT, report_of(now, {"shop": 1, "cart": 1}), format="json")

    agent.post(
        REPORT,
        report_of(now, {"shop": 2, "cart": 1}, acknowledged={"shop": 1, "cart": 1}),
        format="json",
    )

    assert api.get(f"{HERE}/vga-1").json()["applied"] == {"shop": 2, "cart": 1}


def test_report__gateway_served_no_longer__is_forgotten(agent, api, now):
    agent.post(REPORT, report_of(now, {"shop": 1, "cart": 1}), format="json")

    agent.post(
        REPORT, report_of(now, {"shop": 1}, acknowledged={"shop": 1, "cart": 1}), format="json"
    )

    assert api.get(f"{HERE}/vga-1").json()["applied"] == {"shop": 1}


def test_report__several_faults__tells_all(agent, environment):
    body = {"boot": 7, "started_at": "yesterday", "applied": {"shop": -1}}

    answer = agent.post(REPORT, body, format="json")

    assert answer.status_code == 400
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/boot", "/started_at", "/applied/shop"}
    assert not Agent.objects.in_environment(environment).exists()


def test_report__too_large__is_413(agent, now):
    body = report_of(now) | {"address": "x" * (9 * 1024 * 1024)}

    answer = agent.post(REPORT, body, format="json")

    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:vamp:problem:too-large"


def test_report__name_that_is_no_label__is_refused(agent, now):
    assert (
        agent.post(f"{HERE}/Not.A.Label/report", report_of(now), format="json").status_code == 400
    )


@pytest.mark.parametrize("path", ["report", "rollups"])
def test_send__as_person__is_not_allowed(api, environment, path):
    assert api.post(f"{HERE}/vga-1/{path}", {}, format="json").status_code == 403


@pytest.mark.parametrize("path", ["report", "rollups"])
def test_send__agents_of_another_environment__is_not_found(
    environment, other_environment, now, path
):
    stranger = agent_client(other_environment)

    answer = stranger.post(f"{HERE}/vga-1/{path}", report_of(now), format="json")

    assert answer.status_code == 404
    assert not Agent.objects.in_environment(environment).exists()


def test_rollups__sent_twice__are_kept_once(agent, environment, now):
    body = {"rollups": [rollup_of(now)]}

    first, second = (agent.post(ROLLUPS, body, format="json") for _ in range(2))

    assert (first.status_code, second.status_code) == (204, 204)
    assert RollupRow.objects.using(environment.database).get().count == 3


def test_rollups__that_another_agent_counted__are_refused(agent, environment, now):
    body = {"rollups": [rollup_of(now), rollup_of(now, "vga-2")]}

    answer = agent.post(ROLLUPS, body, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/rollups/1/agent"
    assert not RollupRow.objects.using(environment.database).exists()


def test_rollups__wrong_number_of_counters__is_refused(agent, now):
    body = {"rollups": [rollup_of(now, statuses=(1, 2))]}

    answer = agent.post(ROLLUPS, body, format="json")

    assert answer.json()["errors"][0]["pointer"] == "/rollups/0/statuses"


def test_forget__agent__is_gone_and_audited(api, environment):
    AgentFactory.create(environment=environment)

    assert api.delete(f"{HERE}/vga-1").status_code == 204
    assert api.get(f"{HERE}/vga-1").status_code == 404
    assert AuditEntry.objects.using(environment.database).filter(verb="agent.forgotten").exists()


def test_traffic__of_rollups__is_summed_by_route(agent, api, environment, now):
    from tests.factories import gateway_with

    gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})
    until = now + timedelta(seconds=1)
    agent.post(REPORT, report_of(now), format="json")
    agent.post(ROLLUPS, {"rollups": [rollup_of(now)]}, format="json")

    traffic = api.get(
        "/api/v1/organisations/acme/environments/production/gateways/shop/traffic",
        {"window": "10s", "until": until.isoformat(), "step": "1s"},
    ).json()

    assert traffic["total"]["count"] == 3
    assert traffic["total"]["rate"] == pytest.approx(0.3)
    assert traffic["routes"]["shop-1.0.0"]["success_ratio"] == 1.0
    assert traffic["routes"]["shop-1.1.0"]["error_ratio"] is None
    assert traffic["routes"]["shop-1.0.0"]["latency_ms"]["mean"] == pytest.approx(1.5)
    assert [(point["route"], point["count"]) for point in traffic["series"]] == [("shop-1.0.0", 3)]
    assert traffic["complete_until"] is not None


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("window=ten", "/window"), ("window=30d", "/window"), ("window=1d&step=1s", "/step")],
)
def test_traffic__senseless_window__is_refused(api, environment, query, pointer):
    answer = api.get(
        f"/api/v1/organisations/acme/environments/production/gateways/shop/traffic?{query}"
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
