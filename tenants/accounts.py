"""What allauth asks of us: where secrets lie, who gets in, and what its pages say.

It brings the steps of a sign-in, second factors and OpenID Connect. Users, passwords, lock-outs and
sessions are ours.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from tenants.connections import namespaces
from tenants.domain.namespace import SIGN_ON_SECRET, NamespaceUnreadable
from tenants.models import IdentityProvider, User
from tenants.oidc import NONCE, OrganisationProvider, claims_of
from tenants.services import sealing, single_sign_on
from tenants.services.second_factor import due, factors_of, policy_of
from vamp.databases import DEFAULT
from vamp.errors import NotAllowed, Unavailable
from vamp.ports.errors import PortError

SINGLE_SIGN_ON = "socialaccount"
"""How allauth calls it among the methods of a session."""


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; a fresh sign-in is proof enough for a few minutes."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell that people are made by administrators, or by single sign-on."""
        return False

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Tell whether to ask once more who it is: not right after the sign-in."""
        request = context.request
        records = get_authentication_records(request, request.user)
        last = max((record["at"] for record in records), default=0.0)
        return time.time() - last > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


class SignOnAdapter(DefaultSocialAccountAdapter):
    """Providers are rows of organisations, their secrets lie in the key-value store."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Return the provider of the organisation named `provider`, as allauth has it.

        Raises:
            Unavailable: its secret cannot be read.
        """
        found = provider_of(provider or "")
        if found is None:
            return []
        return [
            SocialApp(
                provider=OrganisationProvider.id,
                provider_id=found.organisation.name,
                name=found.title,
                client_id=found.client_id,
                secret=_secret(found),
                settings={"server_url": found.issuer, "oauth_pkce_enabled": True},
            )
        ]

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> OrganisationProvider:
        """Return the provider of the organisation named `provider`."""
        app = self.get_app(request, provider=provider, client_id=client_id)
        return OrganisationProvider(request, app=app)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Tell that allauth makes nobody: `pre_social_login` has found or made the user."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let the person in as the user that they are, or turn them away with the reason."""
        try:
            _let_in(request, sociallogin)
        except NotAllowed as refusal:
            raise ImmediateHttpResponse(turned_away(request, refusal.message)) from refusal

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None,
        exception: Exception | None = None, extra_context: Any = None,
    ) -> None:  # fmt: skip
        """Lead back to the sign-in page with what went wrong."""
        if error == "cancelled":
            said = "The sign-in was cancelled at the identity provider."
        elif extra_context and "state_id" in extra_context:
            said = "This sign-in was begun elsewhere or too long ago. Please begin again."
        else:
            said = (
                f"The identity provider of {provider.app.provider_id} did not let you in, or"
                " answered something that cannot be trusted. Try again, or ask an administrator"
                " of the organisation."
            )
        raise ImmediateHttpResponse(turned_away(request, said))


class FactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors lie sealed; who must have one keeps the last."""

    def encrypt(self, text: str) -> str:
        """Seal what allauth keeps in SQL."""
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open it again."""
        return sealing.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Tell whether it may go: not the last one of somebody who must have one."""
        user: User = authenticator.user
        left = [each for each in factors_of(user) if each.pk != authenticator.pk]
        if any(each.type != Authenticator.Type.RECOVERY_CODES for each in left):
            return True
        return policy_of(user.organisation).required_since is None

    def get_totp_label(self, user: Any) -> str:
        """Return how an authenticator app lists it: the login."""
        return str(user.login)


def provider_of(organisation: str) -> IdentityProvider | None:
    """Return the provider by which people of that organisation sign in, if it has one in use."""
    rows = IdentityProvider.objects.using(DEFAULT).select_related("organisation")
    return rows.filter(organisation__name=organisation, is_enabled=True).first()


def turned_away(request: HttpRequest, said: str) -> HttpResponseRedirect:
    """Lead back to the sign-in page, which says why."""
    messages.error(request, said)
    return HttpResponseRedirect(reverse("account_login"))


def is_by_single_sign_on(request: HttpRequest) -> bool:
    """Tell whether this session was signed in by a provider and not by a password."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == SINGLE_SIGN_ON for record in records)


def factor_due(request: HttpRequest, user: User) -> Any:
    """Return what the person still has to set up; see `tenants.services.second_factor.due`."""
    return due(user, by_single_sign_on=is_by_single_sign_on(request))


def _let_in(request: HttpRequest, sociallogin: SocialLogin) -> None:
    provider = provider_of(sociallogin.account.provider)
    told = sociallogin.account.extra_data
    if provider is None or sociallogin.state.get("process", "login") != "login":
        raise NotAllowed("This is not how one signs in here.")
    if told.get("id_token", {}).get("nonce") != sociallogin.state.get(NONCE):
        raise NotAllowed("The answer of the identity provider belongs to another sign-in.")
    claims = claims_of(told)
    if sociallogin.is_existing:
        single_sign_on.check_known(provider, sociallogin.user)
    else:
        user = single_sign_on.admit(provider, claims)
        single_sign_on.check_known(provider, user)
        sociallogin.connect(request, user)
    groups = single_sign_on.groups_in(provider, claims)
    if groups is not None:
        single_sign_on.apply_groups(sociallogin.user, groups)


def _secret(provider: IdentityProvider) -> str:
    try:
        return namespaces.secret(provider.organisation, SIGN_ON_SECRET)
    except (PortError, NamespaceUnreadable) as error:
        raise Unavailable(
            "The key-value store does not answer, so single sign-on cannot begin; nothing was"
            " changed. Try again in a moment."
        ) from error
