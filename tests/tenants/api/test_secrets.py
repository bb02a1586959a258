from __future__ import annotations

import pytest

from tenants.connections import namespaces

HERE = "/api/v1/organisations/acme/environments/production/secrets"
THERE = "/api/v1/organisations/acme/secrets"
SECRET = "hunter2-and-more"


@pytest.fixture(autouse=True)
def _nothing_remembered(environment):
    namespaces.forget(environment)
    namespaces.forget(environment.organisation)


@pytest.mark.parametrize("address", [HERE, THERE])
def test_secret__set_by_an_administrator__is_told_of_but_never_shown(
    environment, platform_administrator, client_of, address
):
    api = client_of(platform_administrator)

    answer = api.put(f"{address}/metrics", {"value": SECRET}, format="json")
    told = api.get(address)

    assert answer.status_code == 204
    (found,) = [each for each in told.json() if each["name"] == "metrics"]
    assert (found["is_set"], found["set_by"]) == (True, "root")
    assert SECRET not in told.content.decode()


def test_secret__forgotten__is_not_set(environment, platform_administrator, client_of):
    api = client_of(platform_administrator)
    api.put(f"{HERE}/scheduler", {"value": SECRET}, format="json")

    answer = api.delete(f"{HERE}/scheduler")

    assert answer.status_code == 204
    assert not any(each["is_set"] for each in api.get(HERE).json())


@pytest.mark.parametrize("address", [HERE, THERE])
def test_secret__written_by_a_member__is_refused(environment, client_of, member, address):
    answer = client_of(member).put(f"{address}/kv", {"value": SECRET}, format="json")

    assert answer.status_code == 403
    assert namespaces.secret(environment, "kv") == ""


@pytest.mark.parametrize("body", [{}, {"value": ""}, {"value": 1}, {"value": "x", "more": 1}])
def test_secret__malformed__is_refused_without_repeating_it(
    environment, platform_administrator, client_of, body
):
    answer = client_of(platform_administrator).put(f"{HERE}/kv", body, format="json")

    assert answer.status_code == 400


def test_secret__of_no_known_name__is_not_found(environment, platform_administrator, client_of):
    answer = client_of(platform_administrator).put(
        f"{HERE}/passwords", {"value": SECRET}, format="json"
    )

    assert answer.status_code == 404
    assert SECRET not in answer.content.decode()
