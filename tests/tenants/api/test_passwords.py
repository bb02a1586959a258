from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from tenants.domain.authority import EVERYTHING
from tenants.models import User
from tenants.services.roles import create_role
from tenants.services.second_factor import has_factor
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


@pytest.mark.parametrize("role", ["operator", "developer", "viewer", ""])
@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("put", f"{ANA}/password", {"password": NEW}),
        ("put", f"{ANA}/active", {"is_active": False}),
        ("delete", f"{ANA}/second-factors", {}),
        ("patch", ANA, {"is_active": False}),
        ("delete", ANA, {}),
    ],
)
def test_user__changed_by_a_colleague__is_refused(person, client_of, method, address, body, role):
    bo = client_of(user_of(person.organisation, "bo", role=role))
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")

    assert getattr(bo, method)(address, body, format="json").status_code == 403

    found = User.objects.get(pk=person.pk)
    assert (found.is_active, found.check_password(PASSWORD), has_factor(found)) == (True,) * 3


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("put", f"{ANA}/password", {"password": NEW}),
        ("put", f"{ANA}/active", {"is_active": False}),
        ("delete", f"{ANA}/second-factors", {}),
        ("patch", ANA, {"is_active": False}),
        ("delete", ANA, {}),
    ],
)
def test_user__mightier_than_whoever_may_change_people__is_not_changed(
    person, client_of, method, address, body
):
    user_of(person.organisation, "second")  # so that Ana is not the last administrator
    create_role(person.organisation, "desk", rights=["user.*"], actor="tests", authority=EVERYTHING)
    desk = user_of(person.organisation, "desk", role="desk")
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")

    answer = getattr(client_of(desk), method)(address, body, format="json")

    assert answer.status_code == 403
    assert "what you do not have" in answer.json()["detail"]
    found = User.objects.get(pk=person.pk)
    assert (found.is_active, found.check_password(PASSWORD), has_factor(found)) == (True,) * 3


def test_user__changed_by_an_administrator_of_theirs__is_allowed(person, member, api):
    mia = ANA.replace("ana", "mia")

    assert api.put(f"{mia}/password", {"password": NEW}, format="json").status_code == 204
    assert api.put(f"{mia}/active", {"is_active": False}, format="json").status_code == 204

    found = User.objects.get(pk=member.pk)
    assert (found.is_active, found.check_password(NEW)) == (False, True)


def test_user_active__last_administrator__stays_on(person, admin):
    assert admin.put(f"{ANA}/active", {"is_active": False}, format="json").status_code == 409
    assert User.objects.get(login="acme/ana").is_active


def test_user_active__off_and_on__is_told(person, admin):
    user_of(person.organisation, "bo")

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


def test_salt__by_who_may_not_change_the_organisation__is_refused(member, client_of):
    assert client_of(member).post("/api/v1/organisations/acme/salt").status_code == 403


def test_salt__store_away__is_a_503(person, admin, settings):
    with no_store(settings):
        assert admin.post("/api/v1/organisations/acme/salt").status_code == 503


def test_installation_salt__rotated__is_platform_administrators_own(
    person, platform_administrator, admin, api
):
    answer = admin.post("/api/v1/salt")

    assert answer.status_code == 201
    assert set(answer.json()) == {"salt"}
    assert answer.json()["salt"] not in (person.password_salt, platform_administrator.password_salt)
    entry = AuditEntry.objects.using("default").get(verb="installation.salt_rotated")
    assert entry.actor == "root"
    assert api.post("/api/v1/salt").status_code == 403
