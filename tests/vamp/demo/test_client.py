from __future__ import annotations

import json

import pytest
import requests
import responses

from vamp.demo.client import ApiRefused, ApiUnreachable, VampApi

URL = "http://127.0.0.1:8000"
ORGANISATIONS = f"{URL}/api/v1/organisations"
HERE = f"{ORGANISATIONS}/acme/environments/production"

RELEASE = {
    "gateway": "shop",
    "number": 2,
    "source_version": "1.1.0",
    "target_version": "1.2.0",
    "status": "running",
    "step": 2,
    "live_since": "2026-01-02T03:04:05+00:00",
    "steps": [
        {"number": 1, "name": "testers", "target_weight": "0%"},
        {"number": 2, "name": "tenth", "target_weight": "12.5%"},
    ],
    "evaluations": [
        {
            "step": number,
            "condition": "errors",
            "metric": "error_ratio",
            "verdict": "pass",
            "value": None,
            "baseline": 0.02,
            "samples": 0,
            "sentence": "so",
            "at": f"2026-01-02T03:04:1{number}Z",
        }
        for number in (2, 1)
    ],
    "decisions": [
        {"at": "2026-01-02T03:04:00.5Z", "status": "running", "step": 1, "sentence": "it began"}
    ],
}


@pytest.fixture
def answers():
    with responses.RequestsMock() as mocked:
        yield mocked


@pytest.fixture
def client():
    return VampApi(URL + "/", "secret", "acme", "production")


def test_release__as_told__counts_steps_from_0_and_evaluations_oldest_first(answers, client):
    answers.get(f"{HERE}/gateways/shop/releases/2", json=RELEASE)

    found = client.release("shop", 2)

    assert (found.source, found.target, found.step, found.live_at) == (
        "1.1.0",
        "1.2.0",
        1,
        1767323045,
    )
    assert [each.target_weight for each in found.steps] == [0, 1250]
    assert [(each.step, each.at) for each in found.evaluations] == [
        (0, 1767323051),
        (1, 1767323052),
    ]
    assert [(each.at, each.step) for each in found.decisions] == [(1767323040.5, 0)]
    assert answers.calls[0].request.headers["Authorization"] == "token secret"


def test_release_numbers__two_releases_of_a_version__are_those_of_the_newest(answers, client):
    results = [
        {"number": number, "target_version": version}
        for number, version in ((3, "1.1.0"), (2, "1.2.0"), (1, "1.1.0"))
    ]
    answers.get(f"{HERE}/gateways/shop/releases", json={"count": 3, "results": results})

    assert client.release_numbers("shop") == {"1.1.0": 3, "1.2.0": 2}


def test_gateway__as_told__has_routes_and_liveness(answers, client):
    route = {"name": "shop-1.0.0", "service": "shop", "version": "1.0.0", "weight": "90%"}
    liveness = {
        "is_live": False,
        "desired": 7,
        "published": 7,
        "applied": 1,
        "agents": 2,
        "behind": ["vga-2"],
    }
    document = {"routes": [route, {"name": "old", "addresses": ["a:1"], "weight": "10%"}]}
    answers.get(f"{HERE}/gateways/shop", json={"document": document, "liveness": liveness})

    found = client.gateway("shop")

    assert [(each.version, each.weight) for each in found.routes] == [("1.0.0", 9000), ("", 1000)]
    assert (found.is_live, found.agents) == (False, 2)
    assert found.liveness == (
        "generation 7 desired, 7 published, applied by 1 of 2 agents, behind: vga-2"
    )


def test_weights__set__are_sent_as_text(answers, client):
    answers.put(f"{HERE}/gateways/shop/weights", json={})

    client.set_weights("shop", {"shop-1.0.0": 10_000, "other": 0})

    assert json.loads(answers.calls[0].request.body) == {"shop-1.0.0": "100%", "other": "0%"}


def test_documents__put__are_sent_as_yaml(answers, client):
    answers.put(f"{HERE}/policies/p", json={})
    answers.put(f"{HERE}/gateways/g", json={}, status=201)

    client.put_policy("p", "kind: ReleasePolicy")
    client.put_gateway("g", "kind: Gateway")

    assert [call.request.headers["Content-Type"] for call in answers.calls] == [
        "application/yaml"
    ] * 2


def test_ready__service_not_discovered__is_nothing(answers, client):
    answers.get(f"{HERE}/services/shop", status=404, json={"detail": "no"})

    assert client.ready_instances("shop") == {}


def test_ready__service_with_versions__is_told_for_each(answers, client):
    versions = [{"version": "1.0.0", "ready": 2}, {"version": "1.1.0", "ready": 0}]
    answers.get(f"{HERE}/services/shop", json={"versions": versions})

    assert client.ready_instances("shop") == {"1.0.0": 2, "1.1.0": 0}


def test_environment__there__is_left_alone(answers, client):
    answers.get(HERE, json={})

    assert client.ensure_environment("local:/x") is False


def test_environment__nothing_there__makes_organisation_and_environment(answers, client):
    answers.get(HERE, status=404, json={"detail": "no"})
    answers.get(f"{ORGANISATIONS}/acme", status=404, json={"detail": "no"})
    answers.post(ORGANISATIONS, status=201, json={})
    answers.post(f"{ORGANISATIONS}/acme/environments", status=201, json={})

    assert client.ensure_environment("local:/x") is True
    assert [json.loads(call.request.body) for call in answers.calls[2:]] == [
        {"name": "acme"},
        {"name": "production", "stage": "production", "scheduler_url": "local:/x"},
    ]


@pytest.mark.parametrize(
    "ask",
    [lambda client: client.ensure_environment(""), lambda client: client.ready_instances("shop")],
)
def test_ask__not_allowed__is_no_absence(ask, answers, client):
    answers.get(HERE, status=403, json={"detail": "Not allowed"})
    answers.get(f"{HERE}/services/shop", status=403, json={"detail": "Not allowed"})
    answers.assert_all_requests_are_fired = False

    with pytest.raises(ApiRefused, match="403 Not allowed"):
        ask(client)


def test_ask__refused__tells_every_fault(answers, client):
    errors = [{"pointer": "/steps/0", "message": "is wrong"}, {"pointer": "", "message": "too"}]
    answers.put(f"{HERE}/policies/p", status=400, json={"detail": "bad", "errors": errors})

    with pytest.raises(ApiRefused) as refused:
        client.put_policy("p", "")

    assert str(refused.value).endswith("400 bad; /steps/0: is wrong; document: too")
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ({"body": requests.ConnectionError("refused")}, ApiUnreachable, "refused"),
        ({"body": "<html>"}, ApiUnreachable, "Expecting value"),
        ({"json": [], "status": 500}, ApiRefused, "500 Internal Server Error"),
    ],
)
def test_ask__no_promised_answer__is_told(answer, error, words, answers, client):
    answers.get(HERE, **answer)

    with pytest.raises(error, match=words):
        client.ensure_environment("")
