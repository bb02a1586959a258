from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from tenants.models import User
from tests.away import no_store
from tests.factories import PASSWORD, user_of
from vamp.models import AuditEntry

NEW = "a longer and better phrase"
ANA = "/api/v1/organisations/acme/users/ana"


@pytest.fixture
def admin(platform_administrator, client_of):
    return client_of(platform_administrator)


def visiting(user):
    client = Client()
    client.force_login(user)
    return client


def test_my_password__changed__opens_and_this_session_goes_on_by_signing_in_anew(person):
    here, there = visiting(person), visiting(person)

    answer = here.put(
        "/api/v1/me/password", {"old": PASSWORD, "new": NEW}, content_type="application/json"
    )

    assert answer.status_code == 204
    assert there.get("/api/v1/me").status_code == 401
    assert here.get("/api/v1/me").status_code == 200
    assert User.objects.get().check_password(NEW)


def test_my_password__wrong__lists_every_fault_without_repeating_it(person, api):
    answer = api.put("/api/v1/me/password", {"old": "hunter2", "new": "1234"}, format="json")

    assert answer.status_code == 400
    faults = answer.json()["errors"]
    assert {fault["pointer"] for fault in faults} == {"/old", "/new"}
    assert len(faults) >= 4
    assert "hunter2" not in answer.content.decode()


def test_my_password__none_to_change__says_why(person, api):
    person.set_password(None)
    person.save()

    answer = api.put("/api/v1/me/password", {"old": "x", "new": NEW}, format="json")

    assert answer.status_code == 422
    assert "through your organisation" in answer.content.decode()


def test_my_password__store_away__is_a_503_that_changed_nothing(person, api, settings):
    before = User.objects.values().get()

    with no_store(settings):
        answer = api.put("/api/v1/me/password", {"old": PASSWORD, "new": NEW}, format="json")

    assert answer.status_code == 503
    assert "nothing was changed" in answer.json()["detail"]
    assert User.objects.values().get() == before


def test_user_password__set__must_be_changed_unless_said_otherwise(person, admin):
    assert admin.put(f"{ANA}/password", {"password": NEW}, format="json").status_code == 204
    user = User.objects.get(login="acme/ana")
    assert user.check_password(NEW)
    assert user.must_change_password

    body = {"password": NEW + "!", "must_change": False}
    assert admin.put(f"{ANA}/password", body, format="json").status_code == 204

    assert not User.objects.get(login="acme/ana").must_change_password


def test_user_password__weak__is_refused(person, admin):
    answer = admin.put(f"{ANA}/password", {"password": "short"}, format="json")

    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/password"}


@pytest.mark.parametrize("what", ["password", "active", "second-factors"])
def test_user__changed_by_a_colleague__is_refused(person, what, client_of):
    bo = client_of(user_of(person.organisation, "bo"))

    for method in (bo.put, bo.delete):
        assert method(f"{ANA}/{what}", {}, format="json").status_code in (403, 405)


def test_user_active__off_and_on__is_told(person, admin):
    assert admin.put(f"{ANA}/active", {"is_active": False}, format="json").status_code == 204
    assert not User.objects.get(login="acme/ana").is_active
    assert admin.put(f"{ANA}/active", {"is_active": True}, format="json").status_code == 204

    verbs = AuditEntry.objects.using("default").filter(verb__startswith="user.switched")
    assert [entry.verb for entry in verbs.order_by("id")] == [
        "user.switched_off",
        "user.switched_on",
    ]


def test_user_factors__listed_and_reset__never_show_a_secret(person, admin):
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")

    listed = admin.get(f"{ANA}/second-factors")
    assert [each["type"] for each in listed.json()] == ["totp"]
    assert set(listed.json()[0]) == {"type", "created_at", "last_used_at"}

    assert admin.delete(f"{ANA}/second-factors").status_code == 204
    assert admin.get(f"{ANA}/second-factors").json() == []


def test_salt__rotated__answers_with_its_key_id_alone(person, admin):
    answer = admin.post("/api/v1/organisations/acme/salt")

    assert answer.status_code == 201
    assert set(answer.json()) == {"salt"}
    assert answer.json()["salt"] != person.password_salt


def test_salt__by_a_user_of_the_organisation__is_refused(api):
    assert api.post("/api/v1/organisations/acme/salt").status_code == 403


def test_salt__store_away__is_a_503(person, admin, settings):
    with no_store(settings):
        assert admin.post("/api/v1/organisations/acme/salt").status_code == 503
