"""Giving a token another text: asked for, done on POST, and the text shown this once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tenants.authorisation import may
from tenants.domain.authority import ORGANISATION
from tenants.models import ApiToken
from tenants.pages.page import person_of, render, tell_refusal
from tenants.services.agent_events import renewed_events_key
from tenants.services.token_rights import ROTATE, refuse_touch
from tenants.services.tokens import rotate_token
from vamp.errors import NotAllowed, VampError

GRACES: Final = (
    (0, "ends at once"),
    (3_600, "holds on for an hour"),
    (86_400, "holds on for a day"),
    (604_800, "holds on for a week"),
)
"""Seconds, and what becomes of the present text in words."""


def _rotate(request: HttpRequest, token: int) -> HttpResponse:
    """Ask how long the present text is to hold on, and give another on POST."""
    found = _token(request, token)
    if request.method == "POST":
        return _done(request, found)
    context = {
        "title": f"Rotate token {found.name}",
        "token": found,
        "graces": GRACES,
        "back": reverse("admin:tenants_apitoken_change", args=[found.pk]),
    }
    return render(request, "vamp/token_rotate.html", context)


rotate = admin.site.admin_view(_rotate)


def _token(request: HttpRequest, pk: int) -> ApiToken:
    person = person_of(request)
    rows = ApiToken.objects.visible_to(person).select_related("user", "agent_of", "organisation")
    if not may(person, "token.view", ORGANISATION):
        rows = rows.filter(user=person)
    found: ApiToken | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(f"There is no token {pk}.")
    try:
        refuse_touch(person, found, ROTATE)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.message) from refusal
    return found


def _done(request: HttpRequest, token: ApiToken) -> HttpResponse:
    sent = request.POST.get("grace", "0")
    grace = timedelta(seconds=int(sent) if sent.isdecimal() and len(sent) < 9 else 0)
    back = reverse("admin:tenants_apitoken_change", args=[token.pk])
    try:
        text = rotate_token(token, actor=request.user.get_username(), grace=grace)
    except VampError as refusal:
        tell_refusal(request, refusal)
        return HttpResponseRedirect(back)
    messages.warning(request, f"Copy the token now, it is not shown again: {text}")
    if key := renewed_events_key(token):
        said = "Its agents hear events with this from now on (VAMP_AGENT_EVENTS_KEY), copy it too: "
        messages.warning(request, said + key)
    return HttpResponseRedirect(back)
