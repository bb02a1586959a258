"""Signing in and out: by login and password, by the organisation's provider, by a second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django import forms
from django.contrib import admin, auth, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from requests import RequestException

from tenants.accounts import provider_of, turned_away
from tenants.lockout import lock_on
from tenants.oidc import adapter_for
from vamp.adminsite.inputs import SignInForm
from vamp.errors import Unavailable

NO_SIGN_ON = "There is no single sign-on for that organisation. Sign in with your password."
"""The same for an organisation without a provider and for none at all."""


class LockedForm(SignInForm):
    """The form of the sign-in page, which says why a sign-in is refused unseen."""

    def get_invalid_login_error(self) -> ValidationError:
        """Return what is said to a wrong password, or to one that was not looked at."""
        lock = lock_on(self.request)
        if lock is None:
            return ValidationError("This login and password do not belong together.", code="wrong")
        minutes = -(-lock.seconds_left // 60)
        return ValidationError(
            "Too many failed sign-ins. Try again in %(minutes)d min, or ask an administrator to"
            " lift the lock.",
            code="locked",
            params={"minutes": minutes},
        )


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for login and password, then for the second factor of whoever has one."""
    there = get_next_redirect_url(request) or reverse("admin:index")
    if request.user.is_authenticated and request.method == "GET":
        return HttpResponseRedirect(there)
    form = LockedForm(request, data=request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        try:
            if form.is_valid():
                user = form.get_user()
                known = {"username": user.get_username()}
                return perform_password_login(request, known, Login(user=user, redirect_url=there))
            status = 429 if lock_on(request) else 200
        except Unavailable as refusal:
            # Nothing is known of the password, so it counts neither as right nor as wrong.
            form = LockedForm(request, initial={"username": request.POST.get("username", "")})
            messages.error(request, refusal.message)
            status = refusal.status
    return _entrance(request, "vamp/sign_in.html", {"form": form, "there": there}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    organisation = _signed_on_by(request)
    auth.logout(request)
    said = "You are signed out of Vamp."
    if organisation:
        said += " Your session at the identity provider goes on."
    messages.success(request, said)
    return HttpResponseRedirect(reverse("account_login"))


def inactive(request: HttpRequest) -> HttpResponse:
    """Say that the user was switched off."""
    return turned_away(request, "This user is switched off. Ask an administrator.")


class OrganisationForm(forms.Form):
    """Which organisation's provider to sign in by."""

    organisation = forms.CharField(max_length=63)


@never_cache
def sign_on(request: HttpRequest) -> HttpResponse:
    """Ask for the organisation, then lead to its identity provider."""
    form = OrganisationForm(request.GET or None)
    if form.is_valid():
        # People may well type their whole login.
        organisation = form.cleaned_data["organisation"].strip().lower().partition("/")[0]
        if provider_of(organisation) is None:
            form.add_error("organisation", NO_SIGN_ON)
        else:
            there = get_next_redirect_url(request)
            address = reverse("openid_connect_login", args=[organisation])
            return HttpResponseRedirect(
                f"{address}?{urlencode({'next': there})}" if there else address
            )
    context = {"form": form, "next": get_next_redirect_url(request) or ""}
    return _entrance(request, "vamp/sign_on.html", context)


@never_cache
def provider_begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the identity provider of the organisation `provider_id`."""
    return _with_provider(request, provider_id, OAuth2LoginView)


@never_cache
def provider_return(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the answer of the identity provider and let the person in."""
    return _with_provider(request, provider_id, OAuth2CallbackView)


def _with_provider(request: HttpRequest, organisation: str, view: Any) -> HttpResponse:
    try:
        answer: HttpResponse = view.adapter_view(adapter_for(request, organisation))(request)
    except SocialApp.DoesNotExist:
        return turned_away(request, NO_SIGN_ON)
    except Unavailable as refusal:
        return turned_away(request, refusal.message)
    except (RequestException, ValueError, KeyError):
        said = f"The identity provider of {organisation} does not answer as it should."
        return turned_away(request, f"{said} Try again, or sign in with your password.")
    return answer


def _signed_on_by(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return ""
    for record in get_authentication_records(request, request.user):
        if record.get("provider"):
            return str(record["provider"])
    return ""


def _entrance(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    frame = {
        **admin.site.each_context(request),
        "title": "Sign in",
        "app_path": request.get_full_path(),
        **context,
    }
    return TemplateResponse(request, template, frame, status=status)
