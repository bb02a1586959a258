"""Organisations through the API."""

from __future__ import annotations


def test_list__as_person__shows_own_organisation_alone(api, other_environment):
    answer = api.get("/api/v1/organisations")

    assert answer.status_code == 200
    assert [row["name"] for row in answer.json()["results"]] == ["acme"]
    assert answer.json()["count"] == 1


def test_list__as_platform_administrator__shows_all(
    client_of, platform_administrator, environment, other_environment
):
    answer = client_of(platform_administrator).get("/api/v1/organisations")

    assert [row["name"] for row in answer.json()["results"]] == ["acme", "globex"]


def test_create__as_person__is_refused_with_a_problem(api):
    answer = api.post("/api/v1/organisations", {"name": "initech"}, format="json")

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:vamp:problem:not-allowed"


def test_create__as_platform_administrator__makes_it(client_of, platform_administrator, db):
    client = client_of(platform_administrator)

    made = client.post(
        "/api/v1/organisations", {"name": "initech", "title": "Initech"}, format="json"
    )

    assert made.status_code == 201
    assert made.json()["title"] == "Initech"
    assert client.get("/api/v1/organisations/initech").json() == made.json()


def test_create__several_faults__lists_all_with_pointers(client_of, platform_administrator):
    body = {"name": "Not A Label", "titel": "x", "kv_url": 7}

    answer = client_of(platform_administrator).post("/api/v1/organisations", body, format="json")

    assert answer.status_code == 400
    faults = {fault["pointer"]: fault for fault in answer.json()["errors"]}
    assert set(faults) == {"/titel", "/kv_url"}
    assert "title" in faults["/titel"]["hint"]


def test_create__name_taken__is_a_conflict(client_of, platform_administrator, environment):
    client = client_of(platform_administrator)

    answer = client.post("/api/v1/organisations", {"name": "acme"}, format="json")

    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/name"


def test_change__as_platform_administrator__changes_what_was_sent(
    client_of, platform_administrator, environment
):
    client = client_of(platform_administrator)

    answer = client.patch("/api/v1/organisations/acme", {"title": "Acme"}, format="json")

    assert answer.json()["title"] == "Acme"
    assert answer.json()["name"] == "acme"
