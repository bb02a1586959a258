"""OpenID Connect as allauth speaks it, for the provider of one organisation.

Beside what allauth does (state, PKCE), a nonce ties the identity to the request, its signature is
always checked, and nothing of the request may add to what the provider is asked.
"""

from __future__ import annotations

import secrets
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse

NONCE = "nonce"
SCOPES = ["openid", "profile", "email"]


class OrganisationAdapter(OpenIDConnectOAuth2Adapter):
    """Talks to the provider of the organisation that the address names."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **more: Any) -> Any:
        """Return who signed in.

        Raises:
            OAuth2Error: the provider gave no identity, or two that differ.
        """
        if not more["response"].get("id_token"):
            raise OAuth2Error("the provider sent no identity token")
        found = super().complete_login(request, app, token, **more)
        told = found.account.extra_data
        if told.get("userinfo", {}).get("sub") != told["id_token"].get("sub"):
            raise OAuth2Error("identity token and user information are of different people")
        return found

    def _decode_id_token(self, app: Any, id_token: str) -> Any:
        return jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
            verify_signature=True,
        )


class OrganisationProvider(OpenIDConnectProvider):
    """The provider of one organisation."""

    oauth2_adapter_class = OrganisationAdapter

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None,
        data: Any = None, **more: Any,
    ) -> HttpResponse:  # fmt: skip
        """Send the browser to the provider, with a nonce that is kept with the state."""
        nonce = secrets.token_urlsafe(24)
        more |= {NONCE: nonce, "auth_params": {NONCE: nonce}}
        answer: HttpResponse = super().redirect(request, process, next_url, data, **more)
        return answer

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """Ask for what we need, whatever the address says."""
        return [*SCOPES, *self.app.settings.get("more_scopes", [])]


def claims_of(extra_data: dict[str, Any]) -> dict[str, Any]:
    """Return all that the provider claims; what the signed token says goes first."""
    return {**extra_data.get("userinfo", {}), **extra_data.get("id_token", {})}


def adapter_for(request: HttpRequest, organisation: str) -> OrganisationAdapter:
    """Return what talks to the provider of `organisation`.

    Raises:
        SocialApp.DoesNotExist: it has none, or there is no such organisation.
    """
    get_adapter(request).get_app(request, provider=organisation)
    return OrganisationAdapter(request, organisation)
