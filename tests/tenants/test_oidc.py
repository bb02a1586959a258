"""What of OpenID Connect can be tried without a provider; tests/oidc tries the rest on a real one."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.core import context
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from tenants.models import IdentityProvider
from tenants.oidc import OrganisationProvider, adapter_for, claims_of
from tenants.sessions import SessionStore
from tests.factories import organisation_named


@pytest.fixture
def request_(db):
    IdentityProvider.objects.create(
        organisation=organisation_named("acme"), title="Acme", issuer="https://x.test",
        client_id="vamp",
    )  # fmt: skip
    request = RequestFactory().get("/", {"scope": "admin"})
    request.session, request.user = SessionStore(), AnonymousUser()
    with context.request_context(request):
        yield request


def test_claims_of__both_sources__let_the_signed_one_win():
    data = {"userinfo": {"sub": "1", "name": "Ana"}, "id_token": {"sub": "1", "name": "Signed"}}

    assert claims_of(data) == {"sub": "1", "name": "Signed"}
    assert claims_of({}) == {}


def test_adapter_for__no_provider__is_not_there(request_):
    assert adapter_for(request_, "acme").provider_id == "acme"
    with pytest.raises(SocialApp.DoesNotExist):
        adapter_for(request_, "globex")


def test_complete_login__no_identity_token__is_refused(request_):
    with pytest.raises(OAuth2Error, match="no identity token"):
        adapter_for(request_, "acme").complete_login(request_, None, None, response={})


def test_redirect__to_the_provider__carries_a_fresh_nonce_each_time(request_):
    provider: OrganisationProvider = adapter_for(request_, "acme").get_provider()
    config = {"authorization_endpoint": "https://x.test/auth", "token_endpoint": "https://x.test/t"}
    provider.get_oauth2_adapter = lambda request: _configured(request, config)

    asked = [
        parse_qs(urlsplit(provider.redirect(request_, "login")["Location"]).query) for _ in range(2)
    ]

    assert asked[0]["nonce"] != asked[1]["nonce"]
    assert set(asked[0]["scope"][0].split()) == {"openid", "profile", "email"}
    assert {"state", "code_challenge"} <= asked[0].keys()


def _configured(request, config):
    adapter = adapter_for(request, "acme")
    adapter._openid_config = config
    return adapter


def test_get_scope_from_request__whatever_is_asked__is_ours(request_):
    provider = adapter_for(request_, "acme").get_provider()

    assert provider.get_scope_from_request(SimpleNamespace(GET={"scope": "admin"})) == [
        "openid", "profile", "email",
    ]  # fmt: skip
