"""Setting up, using and removing second factors, as the pages do it."""

from __future__ import annotations

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from tenants.services.second_factor import has_factor, set_policy
from tests.away import no_store
from tests.factories import PASSWORD, organisation_named, user_of
from tests.security_key import SecurityKey
from vamp.models import AuditEntry

pytestmark = pytest.mark.django_db
HERE = "/admin/account/second-factor"


@pytest.fixture
def user():
    return user_of(organisation_named("acme"))


@pytest.fixture
def client(user):
    return signed_in(user)


def signed_in(user):
    client = Client(SERVER_NAME="localhost")
    client.post("/admin/login/", {"username": user.login, "password": PASSWORD})
    return client


def is_in(client):
    return client.get("/api/v1/me").status_code == 200


def code_for(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def data_of(page):
    """What the page hands to its script."""
    return json.loads(re.search(r'<script id="js_data"[^>]*>(.*?)</script>', page)[1])


def app_set_up(client):
    page = client.get(f"{HERE}/app/").content.decode()
    secret = re.search(r'<code class="v-code v-wrap">(\w+)</code>', page)[1]
    assert "data:image/svg+xml" in page
    return secret, client.post(f"{HERE}/app/", {"code": code_for(secret)})


def key_set_up(client, key):
    page = client.get(f"{HERE}/key/add/").content.decode()
    challenge = data_of(page)["creation_options"]["publicKey"]["challenge"]
    credential = key.register(challenge, "http://localhost")
    form = {"name": "blue key", "credential": json.dumps(credential)}
    return client.post(f"{HERE}/key/add/", form)


def test_app__set_up_right_after_signing_in__gives_recovery_codes_and_is_told(user, client):
    secret, answer = app_set_up(client)

    assert answer["Location"] == f"{HERE}/codes/"
    codes = client.get(f"{HERE}/codes/").content.decode()
    assert "10 of 10 recovery codes are left" in codes
    download = client.get(f"{HERE}/codes/download/")
    assert download["Content-Type"].startswith("text/plain")
    assert "Authenticator app" in client.get("/admin/account/").content.decode()
    verbs = AuditEntry.objects.using("default").values_list("verb", flat=True)
    assert "user.factor_added" in verbs
    assert secret not in str(list(Authenticator.objects.values()))


def test_app__wrong_code__is_not_set_up(user, client):
    client.get(f"{HERE}/app/")

    assert "Incorrect code" in client.post(f"{HERE}/app/", {"code": "000000"}).content.decode()
    assert not has_factor(user)


def test_app__removed__takes_the_recovery_codes_too(user, client):
    app_set_up(client)

    assert client.post(f"{HERE}/app/remove/")["Location"] == "/admin/account/"

    assert not Authenticator.objects.exists()
    verbs = AuditEntry.objects.using("default").values_list("verb", flat=True)
    assert "user.factor_removed" in verbs


def test_app__last_one_where_one_is_asked__cannot_be_removed(user, client):
    app_set_up(client)
    set_policy(user.organisation, second_factor="everybody", grace_days=0, actor="root")

    page = client.post(f"{HERE}/app/remove/").content.decode()

    assert "cannot deactivate" in page
    assert has_factor(user)


def test_app__long_after_signing_in__asks_for_the_password_once_more(user, client, monkeypatch):
    import time

    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)

    asked = client.get(f"{HERE}/app/")
    assert asked["Location"].startswith("/admin/account/again/?")
    page = client.get(asked["Location"])
    assert page.status_code == 200
    wrong = client.post(asked["Location"], {"password": "wrong"})
    assert wrong.status_code == 200
    right = client.post(asked["Location"], {"password": PASSWORD})

    assert right["Location"] == f"{HERE}/app/"
    assert client.get(f"{HERE}/app/").status_code == 200


def test_app__store_away__is_a_503_and_nothing_is_set_up(user, client, settings):
    page = client.get(f"{HERE}/app/").content.decode()
    secret = re.search(r'<code class="v-code v-wrap">(\w+)</code>', page)[1]

    with no_store(settings):
        answer = client.post(f"{HERE}/app/", {"code": code_for(secret)})

    assert answer.status_code == 503
    assert not has_factor(user)


def test_key__set_up__opens_the_second_step(user, client):
    key = SecurityKey()
    assert key_set_up(client, key)["Location"] == f"{HERE}/codes/"
    assert "Security key blue key" in client.get("/admin/account/").content.decode()

    other = signed_in(user)
    page = other.get(f"{HERE}/").content.decode()
    challenge = data_of(page)["request_options"]["publicKey"]["challenge"]
    answer = other.post(
        f"{HERE}/", {"credential": json.dumps(key.sign(challenge, "http://localhost"))}
    )

    assert answer["Location"] == "/admin/"
    assert is_in(other)


def test_key__another_one_or_from_another_site__is_refused_and_counted(user, client):
    key = SecurityKey()
    key_set_up(client, key)
    stranger = SecurityKey()
    stranger.id = key.id

    for answering, origin in ((stranger, "http://localhost"), (key, "https://evil.test")):
        other = signed_in(user)
        page = other.get(f"{HERE}/").content.decode()
        challenge = data_of(page)["request_options"]["publicKey"]["challenge"]
        credential = json.dumps(answering.sign(challenge, origin))
        assert other.post(f"{HERE}/", {"credential": credential}).status_code == 200
        assert not is_in(other)

    from tenants.models import SignInFailures

    assert SignInFailures.objects.get().failures == 2


def test_key__renamed_and_removed__is_gone(user, client):
    key_set_up(client, SecurityKey())
    pk = Authenticator.objects.get(type="webauthn").pk

    client.post(f"{HERE}/key/{pk}/name/", {"name": "red key"})
    assert "red key" in client.get("/admin/account/").content.decode()
    assert "red key" in client.get(f"{HERE}/key/{pk}/remove/").content.decode()
    client.post(f"{HERE}/key/{pk}/remove/")

    assert not Authenticator.objects.exists()
    told = AuditEntry.objects.using("default").filter(kind="user").values_list("verb", flat=True)
    assert {"user.factor_renamed", "user.factor_removed"} <= set(told)


def test_key__last_one_where_one_is_asked__cannot_be_removed(user, client):
    key_set_up(client, SecurityKey())
    set_policy(user.organisation, second_factor="everybody", grace_days=0, actor="root")
    pk = Authenticator.objects.get(type="webauthn").pk

    client.post(f"{HERE}/key/{pk}/remove/")

    assert has_factor(user)
    assert "this is your last one" in client.get("/admin/account/").content.decode()


def test_key__of_a_colleague__is_not_there(user, client):
    bo = user_of(user.organisation, "bo")
    key_set_up(signed_in(bo), SecurityKey())
    pk = Authenticator.objects.get(type="webauthn").pk

    for path in (f"{HERE}/key/{pk}/name/", f"{HERE}/key/{pk}/remove/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"name": "mine"}).status_code == 404


def test_codes__made_anew__replace_the_old(user, client):
    app_set_up(client)
    before = client.get(f"{HERE}/codes/download/").content

    assert "will open nothing any more" in client.get(f"{HERE}/codes/new/").content.decode()
    client.post(f"{HERE}/codes/new/")

    assert client.get(f"{HERE}/codes/download/").content != before


@pytest.mark.parametrize("path", ["again/", "key/again/"])
def test_again__with_a_factor__asks_for_it(user, client, path):
    app_set_up(client)
    key_set_up(client, SecurityKey())

    assert client.get(f"{HERE}/{path}").status_code == 200
