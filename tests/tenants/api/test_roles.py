"""Roles through the API."""

from __future__ import annotations

import pytest

from tenants.models import Role
from tests.factories import given, user_of
from vamp.models import AuditEntry

HERE = "/api/v1/organisations/acme/roles"
BODY = {"name": "releaser", "rights": ["release.*", "gateway.view"], "title": "Releases"}


def test_list__fresh_organisation__has_those_that_come_with_vamp(api):
    told = api.get(HERE).json()["results"]

    assert [row["name"] for row in told] == ["administrator", "operator", "developer", "viewer"]
    assert all(row["builtin"] for row in told)


def test_create__what_one_has__is_listed_and_audited(api):
    made = api.post(HERE, BODY, format="json")

    assert made.status_code == 201
    assert made["Location"] == f"{HERE}/releaser"
    assert made.json() == {**BODY, "builtin": False}
    assert api.get(f"{HERE}/releaser").json() == made.json()
    assert AuditEntry.objects.using("default").filter(verb="role.created", name="releaser").exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": "Not a label"}, "/name"),
        ({"rights": ["gateway.fly"]}, "/rights/0"),
        ({"rights": ["gateway.view", "*"]}, "/rights/1"),
        ({"rights": []}, "/rights"),
        ({"title": "x" * 128}, "/title"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_create__what_may_not_be__is_refused_at_its_place(api, change, pointer):
    answer = api.post(HERE, {**BODY, **change}, format="json")

    assert answer.status_code == 400
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}
    assert not Role.objects.exists()


@pytest.mark.parametrize("name", ["viewer", "releaser"])
def test_create__name_taken__is_a_conflict(api, name):
    api.post(HERE, BODY, format="json")

    assert api.post(HERE, {**BODY, "name": name}, format="json").status_code == 409


def test_create__more_than_one_has__is_refused(api, client_of, environment):
    api.post(HERE, {"name": "maker", "rights": ["role.*", "gateway.view"]}, format="json")
    maker = user_of(environment.organisation, "max", role="maker")

    answer = client_of(maker).post(HERE, BODY, format="json")

    assert answer.status_code == 403
    assert "release.abort" in answer.json()["detail"]
    mine = {**BODY, "rights": ["gateway.view"]}
    assert client_of(maker).post(HERE, mine, format="json").status_code == 201


def test_write__without_the_right__is_refused(client_of, member, api):
    api.post(HERE, BODY, format="json")
    mia = client_of(member)

    assert mia.get(f"{HERE}/releaser").status_code == 200
    for answer in (
        mia.post(HERE, {**BODY, "name": "x"}, format="json"),
        mia.put(f"{HERE}/releaser", BODY, format="json"),
        mia.patch(f"{HERE}/releaser", {"title": "x"}, format="json"),
        mia.delete(f"{HERE}/releaser"),
    ):
        assert answer.status_code == 403


def test_put__twice__makes_it_and_then_changes_it(api):
    body = {"rights": ["gateway.view"]}

    assert api.put(f"{HERE}/looker", body, format="json").status_code == 201
    changed = api.put(f"{HERE}/looker", {"rights": ["service.view"]}, format="json")

    assert (changed.status_code, changed.json()["rights"]) == (200, ["service.view"])


def test_change__who_has_it__notices_at_once(api, client_of, environment):
    api.post(HERE, {"name": "looker", "rights": ["gateway.view"]}, format="json")
    bo = user_of(environment.organisation, "bo", role="looker")
    secrets = f"{HERE.removesuffix('/roles')}/audit"
    assert client_of(bo).get(secrets).status_code == 403

    api.patch(f"{HERE}/looker", {"rights": ["gateway.view", "audit.view"]}, format="json")

    bo.organisation.refresh_from_db()
    assert client_of(bo).get(secrets).status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_write__role_of_vamp__stays_as_it_is(api, method):
    answer = getattr(api, method)(f"{HERE}/viewer", {"rights": ["*.*"]}, format="json")

    assert answer.status_code == 409


def test_delete__that_somebody_has__is_a_conflict_that_names_them(api, environment):
    api.post(HERE, BODY, format="json")
    binding = given(environment.organisation, role="releaser", user="acme/ana")

    answer = api.delete(f"{HERE}/releaser")

    assert answer.status_code == 409
    assert "user acme/ana" in answer.json()["errors"][0]["message"]
    binding.delete()
    assert api.delete(f"{HERE}/releaser").status_code == 204
    assert api.get(f"{HERE}/releaser").status_code == 404
