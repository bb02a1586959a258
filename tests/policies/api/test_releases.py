"""Releases through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policies.models import Release
from tests.factories import (
    POLICY,
    DecisionFactory,
    EvaluationFactory,
    HookDeliveryFactory,
    ReleaseFactory,
    gateway_with,
)

ENVIRONMENT = "/api/v1/organisations/acme/environments/production"
HERE = f"{ENVIRONMENT}/gateways/shop/releases"


@pytest.fixture
def shop(api, environment):
    api.put(f"{ENVIRONMENT}/policies/canary", POLICY, format="json")
    return gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, policy="canary")


def test_start__by_the_gateways_policy__begins_with_the_first_step(api, environment, shop):
    answer = api.post(HERE, {"target": "shop-1.1.0"}, format="json")

    assert answer.status_code == 201
    assert answer["Location"] == f"{HERE}/1"
    release = answer.json()
    assert (release["status"], release["step"], release["is_over"]) == ("running", 1, False)
    assert release["split"] == {"shop-1.0.0": "90%", "shop-1.1.0": "10%"}
    assert [step["state"] for step in release["steps"]] == ["current", "ahead", "ahead"]
    assert release["started_by"] == "acme/ana"
    assert api.get(f"{HERE}/1").json() == release
    assert api.get(f"{ENVIRONMENT}/gateways/shop/weights").json()["shop-1.1.0"] == "10%"


def test_start__one_under_way__is_a_conflict(api, shop):
    api.post(HERE, {"target": "shop-1.1.0"}, format="json")

    assert api.post(HERE, {"target": "shop-1.1.0"}, format="json").status_code == 409


def test_start__unknown_target__is_refused(api, environment, shop):
    answer = api.post(HERE, {"target": "shop-9"}, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/target"
    assert not Release.objects.in_environment(environment).exists()


def test_start__dry_run__moves_nothing(api, environment, shop):
    answer = api.post(f"{HERE}?dry_run=true", {"target": "shop-1.1.0"}, format="json")

    assert answer.json()["split"]["shop-1.1.0"] == "10%"
    assert not Release.objects.in_environment(environment).exists()
    assert api.get(f"{ENVIRONMENT}/gateways/shop/weights").json()["shop-1.1.0"] == "0%"


def test_start__unknown_gateway__is_not_found(api, environment):
    assert api.post(HERE, {"target": "shop-1.1.0"}, format="json").status_code == 404


def test_act__pause_then_resume__is_logged(api, shop):
    api.post(HERE, {"target": "shop-1.1.0"}, format="json")

    paused = api.post(f"{HERE}/1/pause", {"reason": "lunch"}, format="json").json()
    resumed = api.post(f"{HERE}/1/resume").json()

    assert (paused["status"], resumed["status"]) == ("paused", "running")
    assert "resume" in paused["actions"]
    assert "pause" not in paused["actions"]
    sentences = [decision["sentence"] for decision in resumed["decisions"]]
    assert any("lunch" in sentence for sentence in sentences)


def test_act__abort__returns_all_traffic(api, shop):
    api.post(HERE, {"target": "shop-1.1.0"}, format="json")

    answer = api.post(f"{HERE}/1/abort")

    assert answer.status_code == 200
    assert api.get(f"{ENVIRONMENT}/gateways/shop/weights").json()["shop-1.1.0"] == "0%"


def test_act__phase_forbids__is_a_conflict(api, shop):
    api.post(HERE, {"target": "shop-1.1.0"}, format="json")

    assert api.post(f"{HERE}/1/approve").status_code == 409


def test_act__in_another_step__is_stale(api, shop):
    api.post(HERE, {"target": "shop-1.1.0"}, format="json")

    assert api.post(f"{HERE}/1/skip", {"step": 2}, format="json").status_code == 412
    assert api.post(f"{HERE}/1/skip", {"step": 1}, format="json").json()["step"] == 2


def test_act__unknown_word__is_not_found(api, shop):
    api.post(HERE, {"target": "shop-1.1.0"}, format="json")

    answer = api.post(f"{HERE}/1/explode")

    assert answer.status_code == 404
    assert "abort" in answer.json()["detail"]


def test_read__evidence__is_shown_without_the_hooks_secrets(api, environment):
    release = ReleaseFactory.create(environment=environment)
    EvaluationFactory.create(environment=environment, release=release)
    DecisionFactory.create(environment=environment, release=release)
    HookDeliveryFactory.create(environment=environment, release=release, answer="answered 200")

    answer = api.get(f"{HERE}/1")

    body = answer.json()
    assert body["evaluations"][0]["sentence"] == "1 % of 1000 requests failed"
    assert body["evaluations"] == api.get(f"{HERE}/1/evaluations").json()["results"]
    assert body["decisions"][0]["step"] == 1
    assert body["hooks"][0]["answer"] == "answered 200"
    assert "hunter2" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("?is_over=true", 1),
        ("?is_over=false", 1),
        ("?status=succeeded", 1),
        ("?service=x", 0),
    ],
)
def test_list__filters__narrow(api, environment, query, count):
    first = ReleaseFactory.create(environment=environment, active=None, status="succeeded")
    ReleaseFactory.create(
        environment=environment,
        gateway=first.gateway,
        policy_version=first.policy_version,
        number=2,
    )

    assert api.get(f"{ENVIRONMENT}/releases{query}").json()["count"] == count
    assert api.get(f"{HERE}{query}").json()["count"] == count


@pytest.mark.parametrize(
    ("begins", "found"),
    [
        ("sho", ["shop/12", "shop/2", "shop/1"]),
        ("shop/", ["shop/12", "shop/2", "shop/1"]),
        ("shop/1", ["shop/12", "shop/1"]),
        ("ship", ["ship/1"]),
        ("sho/", []),
    ],
)
def test_list__by_the_beginning_of_a_name__narrows(api, environment, now, begins, found):
    first = ReleaseFactory.create(environment=environment, active=None)
    of_shop = {"gateway": first.gateway, "policy_version": first.policy_version, "active": None}
    for number in (2, 12):
        ReleaseFactory.create(
            environment=environment, number=number, started_at=now + timedelta(hours=number),
            **of_shop,
        )  # fmt: skip
    ship = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, name="ship")
    ReleaseFactory.create(environment=environment, **{**of_shop, "gateway": ship})

    rows = api.get(f"{ENVIRONMENT}/releases?begins={begins}").json()["results"]

    assert [f"{row['gateway']}/{row['number']}" for row in rows] == found
    assert api.get(f"{HERE}?begins={begins}").status_code == 400


def test_list__unknown_status__is_refused(api, environment):
    assert api.get(f"{ENVIRONMENT}/releases?status=flying").status_code == 400
