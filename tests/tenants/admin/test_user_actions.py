from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from tenants.models import User
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
    page = act(admin, "switch_off", person, platform_administrator).content.decode()

    assert "last platform administrator" in page
    assert list(User.objects.filter(is_active=True)) == [platform_administrator]
    act(admin, "switch_on", person)
    assert User.objects.get(pk=person.pk).is_active


def test_actions__user_of_an_organisation__are_not_offered(person):
    bo = user_of(person.organisation, "bo")
    client = Client()
    client.force_login(person)

    act(client, "switch_off", bo)

    assert User.objects.get(pk=bo.pk).is_active
