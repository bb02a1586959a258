"""An environment in numbers."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import (
    AgentFactory,
    AppliedFactory,
    InstanceFactory,
    ReleaseFactory,
    VersionFactory,
    dead_letter_in,
    gateway_with,
)

HERE = "/api/v1/organisations/acme/environments/production/status"


def test_status__empty_environment__is_all_noughts(api, environment):
    answer = api.get(HERE).json()

    assert answer["gateways"] == {"total": 0, "live": 0, "unpublished": 0}
    assert answer["agents"] == {"total": 0, "live": 0, "faulty": 0}
    assert answer["dead_letters"] == 0


def test_status__of_everything__counts_by_how_it_is(api, environment, other_environment, now):
    version = VersionFactory.create(environment=environment)
    for uid, is_ready in (("a", True), ("b", False)):
        InstanceFactory.create(environment=environment, version=version, uid=uid, is_ready=is_ready)
    ReleaseFactory.create(environment=environment, status="waiting_for_approval")
    gateway_with(environment, {"1.0.0": 10_000}, name="cart", generation=2)
    fault = {"gateway": "", "message": "m", "since": now.isoformat()}
    seen = {"vga-1": (now, []), "vga-2": (now, [fault]), "gone": (now - timedelta(hours=1), [])}
    for name, (reported_at, faults) in seen.items():
        agent = AgentFactory.create(
            environment=environment, name=name, reported_at=reported_at, faults=faults
        )
        if name != "gone":
            AppliedFactory.create(environment=environment, agent=agent, gateway="shop")
    dead_letter_in(environment)
    gateway_with(other_environment, {"1.0.0": 10_000})

    answer = api.get(HERE).json()

    assert answer["gateways"] == {"total": 2, "live": 1, "unpublished": 2}
    assert answer["services"] == {
        "total": 1, "versions": 1, "instances": 2, "instances_ready": 1,
    }  # fmt: skip
    assert answer["agents"] == {"total": 3, "live": 2, "faulty": 1}
    assert answer["releases"] == {
        "active": 1, "waiting_for_approval": 1, "paused": 0, "rolling_back": 0,
    }  # fmt: skip
    assert answer["dead_letters"] == 1
