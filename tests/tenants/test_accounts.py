from __future__ import annotations

import pytest
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialApp
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from tenants.accounts import (
    AccountAdapter,
    FactorAdapter,
    SignOnAdapter,
    is_by_single_sign_on,
    provider_of,
)
from tenants.models import IdentityProvider, User
from tenants.oidc import OrganisationProvider
from tenants.services.namespaces import set_secret
from tenants.services.second_factor import set_policy
from tenants.sessions import SessionStore
from tests.away import no_store
from tests.factories import organisation_named, user_of
from vamp.errors import Unavailable

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    organisation = organisation_named("acme")
    set_secret(organisation, "sso", "hunter2", actor="root")
    IdentityProvider.objects.create(
        organisation=organisation, title="Acme", issuer="https://x.test", client_id="vamp"
    )
    return organisation


@pytest.fixture
def request_():
    request = RequestFactory().get("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    with context.request_context(request):
        yield request


def test_list_apps__of_an_organisation__carries_the_secret_and_is_no_row(acme, request_):
    (app,) = SignOnAdapter().list_apps(request_, provider="acme")

    assert (app.provider_id, app.client_id, app.secret, app.pk) == ("acme", "vamp", "hunter2", None)
    assert isinstance(SignOnAdapter().get_provider(request_, "acme"), OrganisationProvider)
    assert not SocialApp.objects.exists()


@pytest.mark.parametrize("name", [None, "", "openid_connect", "globex", "nowhere"])
def test_list_apps__of_no_such_organisation__is_empty(acme, request_, name):
    organisation_named("globex")

    assert SignOnAdapter().list_apps(request_, provider=name) == []


def test_list_apps__switched_off__is_empty(acme, request_):
    IdentityProvider.objects.update(is_enabled=False)

    assert provider_of("acme") is None


def test_list_apps__store_away__says_so(acme, request_, settings):
    with no_store(settings), pytest.raises(Unavailable, match="single sign-on cannot begin"):
        SignOnAdapter().list_apps(request_, provider="acme")


def test_is_open_for_signup__anybody__is_not(request_):
    assert not AccountAdapter().is_open_for_signup(request_)
    assert not SignOnAdapter().is_open_for_signup(request_, None)


def test_is_reauthentication_required__never_signed_in__is(request_):
    assert AccountAdapter().is_reauthentication_required(app="allauth.mfa")
    assert not is_by_single_sign_on(request_)


def test_can_delete_authenticator__last_one_that_is_asked_for__may_not_go(request_):
    user = user_of(organisation_named("acme"))
    totp = TOTP.activate(user, "JBSWY3DPEHPK3PXP").instance
    RecoveryCodes.activate(user)
    assert FactorAdapter().can_delete_authenticator(totp)

    set_policy(user.organisation, second_factor="everybody", grace_days=0, actor="root")

    totp = Authenticator.objects.get(pk=totp.pk)
    totp.user = User.objects.get(pk=user.pk)
    assert not FactorAdapter().can_delete_authenticator(totp)
    assert FactorAdapter().get_totp_label(user) == "acme/ana"
