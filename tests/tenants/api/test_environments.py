"""Environments and people through the API."""

from __future__ import annotations

import pytest

from tenants.models import Environment
from tests.factories import user_of

HERE = "/api/v1/organisations/acme/environments"


def test_create__on_a_dedicated_database__has_its_mirror_there(
    client_of, platform_administrator, environment
):
    body = {"name": "staging", "database": "dedicated", "stage": "acceptance", "order": 3}

    answer = client_of(platform_administrator).post(HERE, body, format="json")

    assert answer.status_code == 201
    assert answer.json()["stage"] == "acceptance"
    assert Environment.objects.using("dedicated").filter(name="staging").exists()


def test_create__as_member__is_not_allowed(client_of, member):
    assert client_of(member).post(HERE, {"name": "staging"}, format="json").status_code == 403


def test_create__several_faults__lists_all(client_of, platform_administrator, environment):
    body = {"name": "staging", "stage": "prod", "shared_port": 99_999, "order": "first"}

    answer = client_of(platform_administrator).post(HERE, body, format="json")

    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/stage", "/shared_port", "/order"}


def test_change__unknown_scheduler__names_the_schemes(
    client_of, platform_administrator, environment
):
    answer = client_of(platform_administrator).patch(
        f"{HERE}/production", {"scheduler_url": "mesos://x"}, format="json"
    )

    assert answer.status_code == 400
    assert "local:" in answer.json()["errors"][0]["hint"]


def test_change__title__leaves_the_rest(client_of, platform_administrator, api, environment):
    before = api.get(f"{HERE}/production").json()

    answer = client_of(platform_administrator).patch(
        f"{HERE}/production", {"title": "Live"}, format="json"
    )

    assert answer.json() == {**before, "title": "Live"}
    mirrored = Environment.objects.using(environment.database).get(pk=environment.pk)
    assert mirrored.title == "Live"


def test_list__as_person__shows_own_alone(api, other_environment):
    answer = api.get(HERE).json()

    assert [(row["organisation"], row["name"]) for row in answer["results"]] == [
        ("acme", "production")
    ]
    assert api.get("/api/v1/organisations/globex/environments").status_code == 404


def test_me__as_platform_administrator__has_no_organisation(client_of, platform_administrator):
    answer = client_of(platform_administrator).get("/api/v1/me").json()

    assert (answer["login"], answer["organisation"]) == ("root", None)
    assert answer["is_platform_administrator"] is True


def test_users__list__shows_own_organisations_people(api, other_environment):
    user_of(other_environment.organisation)

    answer = api.get("/api/v1/organisations/acme/users").json()

    assert [row["login"] for row in answer["results"]] == ["acme/ana"]


def test_users__create__may_log_in(client_of, platform_administrator, environment, client):
    body = {"login": "acme/bo", "password": "correct horse battery"}

    answer = client_of(platform_administrator).post(
        "/api/v1/organisations/acme/users", body, format="json"
    )

    assert answer.status_code == 201
    assert "password" not in answer.json()
    assert client.login(username="acme/bo", password="correct horse battery")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"login": "globex/bo", "password": "correct horse battery"}, {"/login"}),
        ({"login": "bo", "password": "correct horse battery"}, {"/login"}),
        ({"login": "acme/bo", "password": "short"}, {"/password"}),
        ({"login": "acme/bo"}, {"/password"}),
    ],
)
def test_users__create_with_faults__is_refused(
    client_of, platform_administrator, environment, body, pointers
):
    answer = client_of(platform_administrator).post(
        "/api/v1/organisations/acme/users", body, format="json"
    )

    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == pointers
