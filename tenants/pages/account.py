"""The pages of one's own account: password, second factors, sessions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, auth, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tenants.accounts import factor_due
from tenants.models import User
from tenants.pages.page import render
from tenants.services import passwords, sessions
from tenants.services.second_factor import FACTORS, factors_of
from tenants.sessions import digest_of
from vamp.errors import Fault, Invalid, Unavailable


@never_cache
def _overview(request: HttpRequest) -> HttpResponse:
    """Show the person's password, second factors and sessions."""
    user = _person(request)
    factors = factors_of(user)
    here = digest_of(request.session.session_key or "")
    context = {
        "title": "Your account",
        "person": user,
        "factors": [each for each in factors if each.type in FACTORS],
        "recovery": next((each for each in factors if each.type not in FACTORS), None),
        "has_password": user.has_usable_password(),
        "due": factor_due(request, user),
        "sessions": user.sessions.live(timezone.now()),
        "here": here,
    }
    return render(request, "vamp/account.html", context)


@sensitive_post_parameters("old", "new", "again")
@never_cache
def _password(request: HttpRequest) -> HttpResponse:
    """Change the person's own password."""
    user = _person(request)
    faults: list[str] = []
    status = 200
    if request.method == "POST":
        try:
            _change_password(request, user)
        except Invalid as refusal:
            faults, status = [fault.message for fault in refusal.faults], 400
        except Unavailable as refusal:
            faults, status = [refusal.message], refusal.status
        else:
            messages.success(
                request, "Your password is changed. Your other sessions have been ended."
            )
            return HttpResponseRedirect(reverse("mfa_index"))
    context = {
        "title": "Change your password",
        "faults": faults,
        "must_change": user.must_change_password,
        "has_password": user.has_usable_password(),
    }
    return render(request, "vamp/password.html", context, status=status)


@require_POST
def _end_sessions(request: HttpRequest) -> HttpResponse:
    """End one of the person's sessions, or all but this one."""
    user = _person(request)
    wanted = request.POST.get("session", "")
    if not wanted:
        key = request.session.session_key
        count = sessions.end_sessions(user, actor=user.login, but=key)
        messages.success(request, f"Sessions ended: {count}.")
        return HttpResponseRedirect(reverse("mfa_index"))
    found = user.sessions.select_related("user").filter(pk__startswith=wanted[:64]).first()
    if found is None:
        raise Http404("There is no such session.")
    sessions.end_session(found, actor=user.login)
    messages.success(request, "The session is ended.")
    return HttpResponseRedirect(reverse("mfa_index"))


def _change_password(request: HttpRequest, user: User) -> None:
    old, new = request.POST.get("old", ""), request.POST.get("new", "")
    if new != request.POST.get("again", ""):
        raise Invalid(faults=[Fault("/again", "the two new passwords differ")])
    passwords.change_password(
        user, old, new, actor=user.login, session_key=request.session.session_key
    )
    # The session is tied to the hash, which has just changed.
    auth.update_session_auth_hash(request, user)


def _person(request: HttpRequest) -> User:
    user: Any = request.user
    found: User = user
    return found


overview = admin.site.admin_view(_overview)
password = admin.site.admin_view(_password)
end_sessions = admin.site.admin_view(_end_sessions)
