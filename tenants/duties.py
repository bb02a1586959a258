"""What somebody must do before anything else: choose a password, set up a second factor.

Held for every page and, by session, for the API. Tokens are not people at a screen: they go on.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from tenants.accounts import factor_due
from tenants.models import User
from vamp.api.problems import CONTENT_TYPE

ALWAYS_OPEN = frozenset(
    {"account_login", "account_logout", "account_inactive", "account_change_password", "jsi18n"}
)
TO_SET_UP = ALWAYS_OPEN | {
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "account_reauthenticate",
    "account-sessions-end",
}
"""Addresses that stay open to somebody who has a second factor to set up."""

CHOOSE_PASSWORD = "Choose a password of your own before you go on."  # noqa: S105 a sentence
SET_UP_FACTOR = "Your organisation asks for a second factor. Set one up before you go on."
OF_PLATFORM = "Platform administrators are asked for a second factor. Set one up before you go on."


class DutiesMiddleware(MiddlewareMixin):
    """Leads whoever has a duty to the page where it is done; the API answers 403 and says which."""

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Let the request through, or answer it."""
        if not request.path.startswith(("/admin/", "/api/")) or "Authorization" in request.headers:
            return None
        user = request.user
        if not isinstance(user, User):
            return None
        name = request.resolver_match.url_name if request.resolver_match else ""
        if user.must_change_password and user.has_usable_password():
            if name in ALWAYS_OPEN:
                return None
            return _led_to(request, "account_change_password", CHOOSE_PASSWORD, page_says_it=True)
        if name in TO_SET_UP:
            return None
        duty = factor_due(request, user)
        if duty is not None and duty.is_overdue:
            said = SET_UP_FACTOR if user.organisation_id else OF_PLATFORM
            return _led_to(request, "mfa_index", said)
        return None


def _led_to(
    request: HttpRequest, name: str, said: str, *, page_says_it: bool = False
) -> HttpResponseBase:
    if not request.path.startswith("/api/"):
        if not page_says_it:
            messages.warning(request, said)
        return HttpResponseRedirect(reverse(name))
    problem = {
        "type": "urn:vamp:problem:not-allowed",
        "title": "Not allowed",
        "status": 403,
        "detail": f"{said} {request.build_absolute_uri(reverse(name))}",
    }
    return JsonResponse(problem, status=403, content_type=CONTENT_TYPE)
