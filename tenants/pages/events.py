"""Events: what happened in an organisation, in whichever databases its environments lie."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from tenants.models import Organisation
from tenants.pages.audit import environments_of, older, organisation_page, refuse
from tenants.pages.page import render
from tenants.services.event_list import EventsWanted, events_of
from vamp.errors import NotFound
from vamp.models import OutboxEvent

PER_PAGE: Final = 50


class Filter(forms.Form):
    """What the list is narrowed by; all that is given must hold."""

    q = forms.CharField(required=False, max_length=200)
    environment = forms.CharField(required=False, max_length=63)
    since = forms.DateTimeField(required=False, label="From")
    until = forms.DateTimeField(required=False)

    def wanted(self) -> EventsWanted:
        """Return what is asked for; what cannot be read is left out."""
        given = self.cleaned_data
        return EventsWanted(
            environment=given.get("environment") or None,
            since=given.get("since"),
            until=given.get("until"),
            q=given.get("q") or "",
        )


@organisation_page
def events(request: HttpRequest, organisation: Organisation | None) -> HttpResponse:
    """List what happened, newest first, narrowed as asked for."""
    if organisation is None:
        raise NotFound("There is no such page.")
    form = Filter(request.GET)
    form.is_valid()
    wanted = form.wanted()
    refuse(request, "event.view", organisation, wanted.environment)
    found = events_of(organisation, wanted)
    paginator: Paginator[OutboxEvent] = Paginator(found, PER_PAGE)  # type: ignore[arg-type]
    page = paginator.get_page(request.GET.get("page", "1"))
    given = {name: str(value) for name, value in request.GET.items() if value and name != "page"}
    context: dict[str, Any] = {
        "title": f"Events of {organisation.name}",
        "organisation": organisation,
        "form": form,
        "page": page,
        "events": [(row, json.dumps(row.payload, indent=2, ensure_ascii=False)) for row in page],
        "faults": [(form[name].label, said) for name, said in form.errors.items()],
        "environments": environments_of(request, organisation),
        "is_narrowed": bool(given),
        "query": urlencode(given),
        "goes_back_to": found.goes_back_to,
        "older": older(given, found.goes_back_to),
    }
    return render(request, "vamp/events.html", context)
