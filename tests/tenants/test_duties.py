from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.utils import timezone

from tenants.models import User
from tenants.services.second_factor import set_policy
from tenants.services.tokens import create_token


@pytest.fixture
def client(person):
    found = Client()
    found.force_login(person)
    return found


def ask_everybody(person, whom="everybody", days=0):
    return set_policy(person.organisation, second_factor=whom, grace_days=days, actor="root")


def test_password_of_an_administrator__every_page__leads_to_choosing_ones_own(person, client):
    User.objects.update(must_change_password=True)

    for path in ("/admin/", "/admin/account/", "/admin/tenants/user/"):
        assert client.get(path)["Location"] == "/admin/password_change/"
    page = client.get("/admin/password_change/")
    assert page.status_code == 200
    assert page.content.decode().count("before you go on") == 1
    assert client.post("/admin/logout/").status_code == 302


def test_password_of_an_administrator__api__says_so_to_the_session_not_to_a_token(person, client):
    User.objects.update(must_change_password=True)
    _, text = create_token("ci", actor="tests", user=person)

    refused = client.get("/api/v1/me")

    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert "Choose a password of your own" in refused.json()["detail"]
    assert "/admin/password_change/" in refused.json()["detail"]
    by_token = Client(HTTP_AUTHORIZATION=f"token {text}")
    assert by_token.get("/api/v1/me").status_code == 200


def test_second_factor__overdue__leads_to_setting_one_up(person, client):
    ask_everybody(person)

    assert client.get("/admin/")["Location"] == "/admin/account/"
    assert "Nothing else is open to you" in client.get("/admin/account/").content.decode()
    assert client.get("/admin/account/second-factor/app/").status_code in (200, 302)
    assert "second factor" in client.get("/api/v1/me").json()["detail"]


def test_second_factor__in_its_grace__is_only_asked_for(person, client):
    ask_everybody(person, days=3)

    assert client.get("/admin/").status_code == 200
    assert "Set one up by" in client.get("/admin/account/").content.decode()


def test_second_factor__grace_is_over__leads_to_setting_one_up(person, client):
    policy = ask_everybody(person, days=3)
    policy.required_since = timezone.now() - timedelta(days=4)
    policy.save()
    User.objects.update(joined_at=timezone.now() - timedelta(days=4))

    assert client.get("/admin/")["Location"] == "/admin/account/"


def test_second_factor__set_up__opens_everything(person, client):
    ask_everybody(person)
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")

    assert client.get("/admin/").status_code == 200
    assert client.get("/api/v1/me").status_code == 200


def test_second_factor__of_another_organisation__asks_nothing_here(
    person, client, platform_administrator
):
    from tests.factories import organisation_named

    set_policy(organisation_named("globex"), second_factor="everybody", grace_days=0, actor="root")

    assert client.get("/admin/").status_code == 200


def test_nobody_and_agents__anywhere__have_no_duties(db):
    assert Client().get("/admin/login/").status_code == 200
    assert Client().get("/healthz").status_code == 200


def test_second_factor__asked_of_platform_administrators__holds_them_and_not_their_tokens(
    person, client, platform_administrator
):
    set_policy(None, second_factor="everybody", grace_days=0, actor="root")
    _, text = create_token("ci", actor="tests", user=platform_administrator)
    theirs = Client()
    theirs.force_login(platform_administrator)

    led = theirs.get("/admin/")
    told = theirs.get("/admin/account/").content.decode()

    assert led["Location"] == "/admin/account/"
    assert "Platform administrators are asked for a second factor" in told
    assert "Your organisation asks" not in told
    by_token = Client(HTTP_AUTHORIZATION=f"token {text}")
    assert by_token.get("/api/v1/me").status_code == 200
    assert client.get("/admin/").status_code == 200
