"""Second factors: allauth's views in the frame of our pages."""

from __future__ import annotations

from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse, reverse_lazy

from tenants.services import sealing
from tenants.services.sealing import SealBroken
from tenants.services.second_factor import note_change
from vamp.databases import DEFAULT
from vamp.errors import Unavailable

BROKEN = (
    "What was set up here cannot be read any more: the key-value store lost its key. Ask an"
    " administrator to reset your second factors, then set them up anew."
)


class Framed:
    """Puts a view of allauth's into our frame, and says so where the key-value store is away."""

    title = "Second factor"
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **more: Any) -> HttpResponseBase:
        """Answer as allauth does, rendered here, so that what rendering asks for is caught too."""
        try:
            answer: Any = super().dispatch(request, *args, **more)  # type: ignore[misc]
            return answer.render() if hasattr(answer, "render") else answer
        except Unavailable as refusal:
            return _away(refusal.message, refusal.status)
        except SealBroken:
            return _away(BROKEN, 500)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Return allauth's context with what our frame needs."""
        found: dict[str, Any] = super().get_context_data(**more)  # type: ignore[misc]
        return {**admin.site.each_context(self.request), "title": self.title, **found}


class Told(Framed):
    """A change of one's own second factors: audited and told in the transaction of the change."""

    verb = "factor_added"
    kind = ""

    def form_valid(self, form: Any) -> HttpResponse:
        """Do what allauth does, and tell it."""
        sealing.seal("")  # reads the key, so that the transaction does not wait for the store
        user: Any = self.request.user
        with transaction.atomic(using=DEFAULT):
            answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
            note_change(user, self.verb, self.kind, actor=user.login)
        return answer


def _away(said: str, status: int) -> HttpResponse:
    return HttpResponse(
        said, status=status, content_type="text/plain", headers={"Retry-After": "1"}
    )


class Authenticate(Framed, base.AuthenticateView):
    """The second step of a sign-in."""

    template_name = "mfa/authenticate.html"


class Again(Framed, ReauthenticateView):
    """Asks for the password before something delicate."""

    title = "Is it you?"
    template_name = "account/reauthenticate.html"


class AgainByCode(Framed, base.ReauthenticateView):
    """Asks for a code before something delicate."""

    title = "Is it you?"
    template_name = "mfa/reauthenticate.html"


class AgainByKey(Framed, webauthn.ReauthenticateWebAuthnView):
    """Asks for a security key before something delicate."""

    title = "Is it you?"
    template_name = "mfa/webauthn/reauthenticate.html"


class ActivateTotp(Told, totp.ActivateTOTPView):
    """Sets up an authenticator app: a QR code, made here, and a code to prove it."""

    title = "Set up an authenticator app"
    kind = "totp"


class DeactivateTotp(Told, totp.DeactivateTOTPView):
    """Removes the authenticator app."""

    title = "Remove the authenticator app"
    verb, kind = "factor_removed", "totp"


class AddKey(Told, webauthn.AddWebAuthnView):
    """Adds a security key."""

    title = "Add a security key"
    kind = "webauthn"


class OfKey(Framed):
    """A page about one security key."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Return the context without the name by which the admin's frame would know a row."""
        found = super().get_context_data(**more)
        found["key"] = found.pop("object")
        return found


class RenameKey(OfKey, Told, webauthn.EditWebAuthnView):
    """Gives a security key another name."""

    title = "Rename the security key"
    verb, kind = "factor_renamed", "webauthn"
    success_url = reverse_lazy("mfa_index")


class RemoveKey(OfKey, Told, webauthn.RemoveWebAuthnView):
    """Removes a security key, unless it is the last factor of somebody who must have one."""

    title = "Remove the security key"
    verb, kind = "factor_removed", "webauthn"
    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it."""
        if not get_adapter().can_delete_authenticator(self.get_object()):
            messages.error(
                self.request, "Your organisation asks for a second factor: this is your last one."
            )
            return HttpResponseRedirect(reverse("mfa_index"))
        answer: HttpResponse = super().form_valid(form)
        return answer


class RecoveryCodes(Framed, recovery.ViewRecoveryCodesView):
    """Shows the recovery codes."""

    title = "Recovery codes"


class NewRecoveryCodes(Told, recovery.GenerateRecoveryCodesView):
    """Makes recovery codes anew; the old ones open nothing any more."""

    title = "New recovery codes"
    verb, kind = "factor_renewed", "recovery_codes"


class DownloadRecoveryCodes(recovery.DownloadRecoveryCodesView):
    """The recovery codes as a text file."""
