from __future__ import annotations

import pytest

from tenants.models import IdentityProvider
from tenants.services.second_factor import due

HERE = "/api/v1/organisations/acme"
PROVIDER = {
    "title": "Acme login", "issuer": "https://login.acme.test/realms/acme", "client_id": "vamp",
    "groups": [{"claim": "devs", "group": "developers"}],
}  # fmt: skip


@pytest.fixture
def admin(person, platform_administrator, client_of):
    return client_of(platform_administrator)


def test_sign_in__never_said__asks_nothing(api):
    assert api.get(f"{HERE}/sign-in").json() == {
        "second_factor": "nobody", "grace_days": 7, "required_since": None,
    }  # fmt: skip


def test_sign_in__set__is_shown(admin):
    body = {"second_factor": "everybody", "grace_days": 3}

    set_to = admin.put(f"{HERE}/sign-in", body, format="json").json()

    assert set_to == admin.get(f"{HERE}/sign-in").json()
    assert (set_to["second_factor"], set_to["grace_days"]) == ("everybody", 3)
    assert set_to["required_since"]


def test_sign_in__wrong__tells_every_fault(admin):
    answer = admin.put(f"{HERE}/sign-in", {"second_factor": "x", "grace_days": -1}, format="json")

    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/second_factor", "/grace_days",
    }  # fmt: skip


def test_single_sign_on__set_shown_and_removed__never_with_a_secret(admin):
    assert admin.get(f"{HERE}/single-sign-on").status_code == 404

    made = admin.put(f"{HERE}/single-sign-on", PROVIDER, format="json").json()

    assert made == admin.get(f"{HERE}/single-sign-on").json()
    assert {key: made[key] for key in PROVIDER} == PROVIDER
    assert not any("secret" in key for key in made)
    assert admin.delete(f"{HERE}/single-sign-on").status_code == 204
    assert not IdentityProvider.objects.exists()


def test_single_sign_on__secret__is_one_of_the_organisations(admin):
    assert admin.put(f"{HERE}/secrets/sso", {"value": "hunter2"}, format="json").status_code == 204

    listed = {each["name"]: each for each in admin.get(f"{HERE}/secrets").json()}
    assert listed["sso"]["is_set"]
    assert "hunter2" not in str(listed)


def test_single_sign_on__unknown_key__is_refused(admin):
    answer = admin.put(
        f"{HERE}/single-sign-on", {**PROVIDER, "client_secret": "hunter2"}, format="json"
    )

    assert answer.status_code == 400
    assert "hunter2" not in answer.content.decode()


@pytest.mark.parametrize("address", ["sign-in", "single-sign-on"])
def test_sign_in__changed_by_a_user__is_refused(member, client_of, address):
    assert client_of(member).put(f"{HERE}/{address}", {}, format="json").status_code == 403


def test_single_sign_on__changed_by_an_administrator_of_theirs__is_refused(api):
    assert api.put(f"{HERE}/single-sign-on", PROVIDER, format="json").status_code == 403
    assert api.delete(f"{HERE}/single-sign-on").status_code == 403
    assert not IdentityProvider.objects.exists()


def test_installation_sign_in__set_by_a_platform_administrator__holds_for_them(
    platform_administrator, client_of
):
    root = client_of(platform_administrator)
    there = "/api/v1/sign-in"
    assert root.get(there).json()["second_factor"] == "nobody"

    answer = root.put(there, {"second_factor": "everybody", "grace_days": 0}, format="json")

    assert answer.json()["required_since"] is not None
    assert root.get(there).json()["second_factor"] == "everybody"
    assert due(platform_administrator, by_single_sign_on=False).is_overdue
    root.put(there, {"second_factor": "nobody"}, format="json")
    assert due(platform_administrator, by_single_sign_on=False) is None


def test_installation_sign_in__anybody_else__may_neither_see_nor_set_it(api):
    there = "/api/v1/sign-in"

    assert api.get(there).status_code == 403
    assert api.put(there, {"second_factor": "nobody"}, format="json").status_code == 403
