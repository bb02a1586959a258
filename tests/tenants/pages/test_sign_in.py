from __future__ import annotations

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from tenants.models import IdentityProvider, SignInFailures, UserSession
from tenants.services.lockout import PAIR_LIMIT
from tests.away import no_store
from tests.factories import PASSWORD, organisation_named, user_of

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def user():
    return user_of(organisation_named("acme"))


def post(client, login, password, **query):
    return client.post(
        "/admin/login/", {"username": login, "password": password}, query_params=query
    )


def is_in(client):
    return client.get("/api/v1/me").status_code == 200


def code_now():
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def test_sign_in__right__leads_where_one_was_going(user, client):
    assert client.get("/admin/account/")["Location"] == "/admin/login/?next=/admin/account/"

    answer = post(client, user.login, PASSWORD, next="/admin/account/")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/account/")
    assert is_in(client)
    assert client.get("/admin/login/")["Location"] == "/admin/"


def test_sign_in__to_another_site__leads_to_the_overview(user, client):
    assert post(client, user.login, PASSWORD, next="https://evil.test/")["Location"] == "/admin/"


@pytest.mark.parametrize("login", ["acme/ana", "acme/nobody", "globex/ana", "", "' or 1=1"])
def test_sign_in__wrong__says_the_same_whatever_was_wrong(user, client, login):
    page = post(client, login, "wrong").content.decode()

    assert not is_in(client)
    assert "do not belong together" in page or not login
    assert "wrong" not in page


def test_sign_in__too_often__says_until_when(user, client):
    for _ in range(PAIR_LIMIT):
        assert post(client, user.login, "wrong").status_code == 200

    answer = post(client, user.login, PASSWORD)

    assert answer.status_code == 429
    assert "Too many failed sign-ins. Try again in 15 min" in answer.content.decode()
    assert not is_in(client)


def test_sign_in__store_away__is_a_503_that_counts_nothing(user, client, settings):
    with no_store(settings):
        answer = post(client, user.login, PASSWORD)
        unknown = post(client, "acme/nobody", "x")

    assert (answer.status_code, unknown.status_code) == (503, 503)
    page = answer.content.decode()
    assert "does not answer, so passwords cannot be checked; nothing was changed" in page
    assert user.login in page
    assert PASSWORD not in page
    assert not SignInFailures.objects.exists()
    assert post(client, user.login, PASSWORD).status_code == 302


def test_sign_in__with_an_authenticator_app__asks_for_its_code(user, client):
    TOTP.activate(user, SECRET)

    first = post(client, user.login, PASSWORD, next="/admin/account/")

    assert first["Location"] == "/admin/account/second-factor/"
    assert not is_in(client)
    assert not UserSession.objects.filter(user=user).exists()
    second = client.post("/admin/account/second-factor/", {"code": code_now()})
    assert second["Location"] == "/admin/account/"
    assert is_in(client)


def test_sign_in__wrong_codes__are_counted_like_passwords(user, client):
    TOTP.activate(user, SECRET)
    post(client, user.login, PASSWORD)
    for _ in range(PAIR_LIMIT):
        page = client.post("/admin/account/second-factor/", {"code": "000000"}).content.decode()
        assert "Incorrect code" in page

    page = client.post("/admin/account/second-factor/", {"code": code_now()}).content.decode()

    assert "Too many wrong codes" in page
    assert not is_in(client)
    assert post(Client(), user.login, PASSWORD).status_code == 429


def test_sign_in__recovery_code__opens_once(user, client):
    TOTP.activate(user, SECRET)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    for expected in (True, False):
        other = Client()
        post(other, user.login, PASSWORD)
        other.post("/admin/account/second-factor/", {"code": code})
        assert is_in(other) is expected


def test_second_step__without_the_first__leads_back(client):
    assert client.get("/admin/account/second-factor/")["Location"] == "/admin/login/"


def test_second_step__store_away__is_a_503(user, client, settings):
    TOTP.activate(user, SECRET)
    post(client, user.login, PASSWORD)

    with no_store(settings):
        answer = client.post("/admin/account/second-factor/", {"code": "000000"})

    assert answer.status_code == 503
    assert b"second factors cannot be checked" in answer.content


def test_sign_out__by_a_form__ends_the_session(user, client):
    client.force_login(user)
    assert client.get("/admin/logout/").status_code == 405

    client.post("/admin/logout/")

    assert not is_in(client)
    assert not UserSession.objects.filter(user=user).exists()
    assert "You are signed out" in client.get("/admin/login/").content.decode()


@pytest.mark.parametrize("organisation", ["globex", "nowhere"])
def test_sign_on__no_provider_or_no_organisation__is_the_same_answer(client, organisation):
    organisation_named("globex")

    page = client.get("/admin/single-sign-on/", {"organisation": organisation}).content.decode()

    assert "There is no single sign-on for that organisation" in page
    answer = client.get(f"/admin/single-sign-on/{organisation}/")
    assert answer["Location"] == "/admin/login/"


def test_sign_on__whole_login_typed__leads_to_its_organisations_provider(user, client):
    IdentityProvider.objects.create(
        organisation=user.organisation, title="x", issuer="https://x.test", client_id="vamp"
    )

    answer = client.get(
        "/admin/single-sign-on/", {"organisation": " Acme/Ana ", "next": "/admin/account/"}
    )

    assert answer["Location"] == "/admin/single-sign-on/acme/?next=%2Fadmin%2Faccount%2F"


def test_sign_on__store_away__says_so(user, client, settings):
    IdentityProvider.objects.create(
        organisation=user.organisation, title="x", issuer="https://x.test", client_id="vamp"
    )

    with no_store(settings):
        assert client.get("/admin/single-sign-on/acme/")["Location"] == "/admin/login/"
        assert "single sign-on cannot begin" in client.get("/admin/login/").content.decode()


def test_inactive__switched_off__says_so(client):
    assert client.get("/admin/account/inactive/")["Location"] == "/admin/login/"
    assert "switched off" in client.get("/admin/login/").content.decode()
