from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from tenants.domain.authority import EVERYTHING
from tenants.models import User
from tenants.services.roles import create_role
from tenants.services.second_factor import has_factor
from tests.factories import user_of


def act(client, action, *users):
    form = {"action": action, "_selected_action": [user.pk for user in users], "index": 0}
    return client.post(reverse("admin:tenants_user_changelist"), form, follow=True)


@pytest.fixture
def admin(platform_administrator):
    client = Client()
    client.force_login(platform_administrator)
    return client


def test_end_sessions__chosen__are_signed_out(person, admin):
    client = Client()
    client.force_login(person)

    page = act(admin, "end_sessions", person).content.decode()

    assert "1 signed out" in page
    assert client.get("/api/v1/me").status_code == 401


def test_reset_factors__chosen__have_none(person, admin):
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")

    act(admin, "reset_factors", person)

    assert not has_factor(person)


def test_switch_off__last_administrator_among_them__is_told_and_stays(
    person, platform_administrator, admin
):
    bo = user_of(person.organisation, "bo")

    page = act(admin, "switch_off", person, platform_administrator).content.decode()

    assert "last platform administrator" in page
    assert set(User.objects.filter(is_active=True)) == {platform_administrator, bo}
    page = act(admin, "switch_off", bo).content.decode()
    assert "would be left without an administrator" in page
    assert User.objects.get(pk=bo.pk).is_active
    act(admin, "switch_on", person)
    assert User.objects.get(pk=person.pk).is_active


ACTIONS = ("end_sessions", "reset_factors", "switch_off", "switch_on")


@pytest.mark.parametrize("role", ["operator", "developer", "viewer"])
def test_actions__who_may_not_change_people__are_not_offered_them(person, role):
    bo = user_of(person.organisation, "bo", role="viewer")
    TOTP.activate(bo, "JBSWY3DPEHPK3PXP")
    theirs, client = Client(), Client()
    theirs.force_login(bo)
    client.force_login(user_of(person.organisation, "cy", role=role))

    page = client.get(reverse("admin:tenants_user_changelist")).content.decode()
    for action in ACTIONS:
        act(client, action, bo)

    assert not any(action in page for action in ACTIONS)
    assert User.objects.get(pk=bo.pk).is_active
    assert has_factor(bo)
    assert theirs.get("/api/v1/me").status_code == 200


def test_end_sessions__right_to_end_sessions_alone__is_enough_as_by_the_api(person):
    keeper = ["user.view", "session.delete"]
    create_role(person.organisation, "keeper", rights=keeper, actor="root", authority=EVERYTHING)
    theirs, client = Client(), Client()
    theirs.force_login(person)
    client.force_login(user_of(person.organisation, "kim", role="keeper"))

    page = client.get(reverse("admin:tenants_user_changelist")).content.decode()
    act(client, "end_sessions", person)

    assert "end_sessions" in page
    assert "switch_off" not in page
    assert theirs.get("/api/v1/me").status_code == 401


def test_actions__administrator_of_the_organisation__may_and_nobody_elses(
    person, other_environment
):
    bo = user_of(person.organisation, "bo", role="viewer")
    eve = user_of(other_environment.organisation, "eve", role="viewer")
    client = Client()
    client.force_login(person)

    act(client, "switch_off", bo, eve)

    assert not User.objects.get(pk=bo.pk).is_active
    assert User.objects.get(pk=eve.pk).is_active
