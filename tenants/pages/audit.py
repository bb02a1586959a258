"""The audit trail: who did what in an organisation, and what one entry changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from tenants.authorisation import require
from tenants.domain.authority import Target
from tenants.models import Environment, Organisation
from tenants.pages.page import person_of, render
from tenants.selectors import environments_for, organisation_for
from tenants.services.audit_trail import export_trail, trail_of
from vamp.api.streaming import streamed
from vamp.audit.exporting import FORMATS, value_of
from vamp.audit.trail import Wanted
from vamp.databases import DEFAULT
from vamp.errors import NotAllowed, NotFound
from vamp.models import AuditEntry
from vamp.pages.changes import changes, places
from vamp.terminal import TERMINAL

PER_PAGE: Final = 50
MOST_OFFERED: Final = 500
"""Organisations that are offered by name; others are typed."""

INSTALLATION: Final = "installation"
_FIELDS: Final = ("actor", "verb", "kind", "name", "token", "request_id", "source_address")

View = Callable[..., HttpResponseBase]


class Filter(forms.Form):
    """What the list is narrowed by; all that is given must hold."""

    q = forms.CharField(required=False, max_length=200)
    environment = forms.CharField(required=False, max_length=63)
    actor = forms.CharField(required=False, max_length=191)
    verb = forms.CharField(required=False, max_length=63)
    kind = forms.CharField(required=False, max_length=63)
    name = forms.CharField(required=False, max_length=191)
    token = forms.CharField(required=False, max_length=140)
    request_id = forms.CharField(required=False, max_length=64)
    source_address = forms.GenericIPAddressField(required=False)
    since = forms.DateTimeField(required=False, label="From")
    until = forms.DateTimeField(required=False)

    def wanted(self) -> Wanted:
        """Return what is asked for; what cannot be read is left out."""
        given = self.cleaned_data
        return Wanted(
            environment=given.get("environment") or None,
            since=given.get("since"),
            until=given.get("until"),
            q=given.get("q") or "",
            **{name: given.get(name) or "" for name in _FIELDS},
        )


def organisation_page(view: View) -> View:
    """Make a view of an organisation's address; of the installation's where none is named."""

    @wraps(view)
    def of_address(request: HttpRequest, organisation: str = "", **names: Any) -> HttpResponseBase:
        user: Any = request.user
        try:
            if organisation:
                return view(request, organisation_for(user, organisation), **names)
            if not user.is_platform_administrator:
                raise PermissionDenied("Only a platform administrator may see this.")
            return view(request, None, **names)
        except NotFound as error:
            raise Http404(error.message) from error

    return admin.site.admin_view(of_address)


def refuse(
    request: HttpRequest, right: str, organisation: Organisation | None, environment: str | None
) -> None:
    """Refuse whoever may not see the trail of an environment, or of the whole organisation.

    Raises:
        PermissionDenied: with the reason.
    """
    user: Any = request.user
    if organisation is None:
        return  # the address is for platform administrators alone
    try:
        require(user, right, Target(environment or ""))
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error


@organisation_page
def trail(request: HttpRequest, organisation: Organisation | None) -> HttpResponse:
    """List the trail, newest first, narrowed as asked for."""
    name = organisation.name if organisation else ""
    other = request.GET.get("organisation", name).strip()
    if other != name and person_of(request).is_platform_administrator:
        return _led_to(request, other)
    form = Filter(request.GET)
    form.is_valid()
    wanted = form.wanted()
    refuse(request, "audit.view", organisation, wanted.environment)
    found = trail_of(organisation, wanted)
    paginator: Paginator[AuditEntry] = Paginator(found, PER_PAGE)  # type: ignore[arg-type]
    page = paginator.get_page(request.GET.get("page", "1"))
    given = _given(request, "page", "organisation")
    context = {
        "title": f"Audit of {name}" if name else "Audit of the installation",
        "organisation": organisation,
        "page": page,
        "entries": [
            (row, _entry_address(name, row), places(row.before, row.after, wanted.q.split()))
            for row in page.object_list
        ],
        "form": form,
        "faults": [(form[field].label, said) for field, said in form.errors.items()],
        "environments": environments_of(request, organisation),
        "organisations": _organisations(request),
        "given": given,
        "is_narrowed": bool(given),
        "query": urlencode(given),
        "unsealed": found.unsealed(),
        "goes_back_to": found.goes_back_to,
        "older": older(given, found.goes_back_to),
        "exports": [(form_, _export_address(name, given, form_)) for form_ in FORMATS],
        "api": _api_address(name, given),
    }
    return render(request, "vamp/audit.html", context)


@organisation_page
def entry(
    request: HttpRequest, organisation: Organisation | None, database: str, entry: int
) -> HttpResponse:
    """Show one entry: who, what, from where, before → after, and its place in the chain."""
    row = trail_of(organisation, Wanted()).get(database, entry)
    if row is None:
        raise NotFound("There is no such entry.")
    refuse(request, "audit.view", organisation, row.environment)
    name = organisation.name if organisation else ""
    every = changes(row.before, row.after)
    here = _address(name)
    context = {
        "title": "Audit entry",
        "organisation": organisation,
        "entry": row,
        "is_typed": row.actor.startswith(TERMINAL),
        "database": database,
        "changed": [each for each in every if each.kind != "same"],
        "same": [each for each in every if each.kind == "same"],
        "back": here,
        "of_object": f"{here}?{urlencode({'kind': row.kind, 'name': row.name})}",
        "of_actor": f"{here}?{urlencode({'actor': row.actor})}",
        "of_request": f"{here}?{urlencode({'request_id': row.request_id})}",
        "raw": json.dumps(value_of(row), indent=2, ensure_ascii=False),
        "command": f"python manage.py audit verify --database {database}",
    }
    return render(request, "vamp/audit_entry.html", context)


@organisation_page
def export(request: HttpRequest, organisation: Organisation | None) -> HttpResponseBase:
    """Send the trail as a file, narrowed as the list was."""
    form = request.GET.get("format", "csv")
    narrowing = Filter(request.GET)
    if form not in FORMATS or not narrowing.is_valid():
        raise Http404("There is no such export.")
    refuse(request, "audit.export", organisation, narrowing.wanted().environment)
    user: Any = request.user
    name = organisation.name if organisation else INSTALLATION
    pieces = export_trail(organisation, narrowing.wanted(), form, actor=user.get_username())
    return streamed(request, pieces, media_type=FORMATS[form], filename=f"audit-{name}.{form}")


def older(given: Mapping[str, str], end: datetime | None) -> str:
    """Return what a list that ends at `end` is narrowed by, to go on from there; empty for None."""
    if end is None:
        return ""
    until = end.astimezone(UTC).replace(tzinfo=None)  # as a field for times takes it
    return urlencode({**given, "until": until.isoformat(timespec="milliseconds")})


def environments_of(request: HttpRequest, organisation: Organisation | None) -> list[Environment]:
    """Return the environments of an organisation that the person may see. One query."""
    if organisation is None:
        return []
    user: Any = request.user
    return list(environments_for(user).using(DEFAULT).filter(organisation=organisation))


def _led_to(request: HttpRequest, organisation: str) -> HttpResponse:
    """Lead to the trail of another organisation, narrowed alike but for the environment."""
    if organisation:
        organisation_for(person_of(request), organisation)  # what is none is told, not led to
    given = _given(request, "page", "organisation", "environment")
    there = _address(organisation)
    return HttpResponseRedirect(f"{there}?{urlencode(given)}" if given else there)


def _given(request: HttpRequest, *dropped: str) -> dict[str, str]:
    """Return what the list is narrowed by, as it stands in the address."""
    return {
        name: str(value) for name, value in request.GET.items() if value and name not in dropped
    }


def _organisations(request: HttpRequest) -> list[str]:
    """Return whose trails a platform administrator may choose from; nobody else may. One query."""
    person = person_of(request)
    if not person.is_platform_administrator:
        return []
    rows = Organisation.objects.visible_to(person).order_by("name")
    return list(rows.values_list("name", flat=True)[:MOST_OFFERED])


def _address(organisation: str) -> str:
    return reverse("audit", args=[organisation]) if organisation else reverse("installation-audit")


def _entry_address(organisation: str, row: AuditEntry) -> str:
    rest = [row._state.db, row.pk]
    if organisation:
        return reverse("audit-entry", args=[organisation, *rest])
    return reverse("installation-audit-entry", args=rest)


def _export_address(organisation: str, given: Mapping[str, str], form: str) -> str:
    there = (
        reverse("audit-export", args=[organisation])
        if organisation
        else reverse("installation-audit-export")
    )
    return f"{there}?{urlencode({**given, 'format': form})}"


def _api_address(organisation: str, given: Mapping[str, str]) -> str:
    there = f"organisations/{organisation}/audit" if organisation else "audit"
    return f"/api/v1/{there}" + (f"?{urlencode(given)}" if given else "")
