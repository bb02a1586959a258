"""The page of an organisation's own databases: named, tested, changed, forgotten."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from tenants.models import DedicatedDatabase, Organisation
from tenants.pages.connections import may_test_in
from tenants.pages.lifter_words import glance_of, tabs
from tenants.pages.page import organisation_page, render, tell_refusal
from tenants.services import dedicated
from tenants.services.database_checks import ask_database
from tenants.storage import shown
from vamp.adminsite.asking import is_platform_administrator
from vamp.databases import DEFAULT
from vamp.errors import Invalid, NotAllowed, VampError
from vamp.port_faults import told
from vamp.ports.checks import Checked
from vamp.ports.errors import PortError

PREPARING_REFRESH_S = 2
"""While a database is being prepared, the page is asked for again after this."""


@sensitive_post_parameters("password")
@organisation_page("storage.view")
def databases(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the databases; on POST test, name, change or forget one."""
    tested: dict[str, Checked] = {}
    status = 200
    if request.method == "POST":
        try:
            tested = _done(request, organisation)
        except (VampError, PortError) as error:
            refusal = told(error)
            tell_refusal(request, refusal)
            status = refusal.status
        else:
            if not tested:
                return HttpResponseRedirect(address_of(organisation))
    context = _context(request, organisation, tested)
    answer = render(request, "vamp/databases.html", context, status=status)
    if request.method == "GET" and any(each["is_preparing"] for each in context["databases"]):
        answer["Refresh"] = str(PREPARING_REFRESH_S)
    return answer


def address_of(organisation: Organisation) -> str:
    """Return the address of the page."""
    return reverse("organisation-databases", args=[organisation.name])


def _done(request: HttpRequest, organisation: Organisation) -> dict[str, Checked]:
    """Do what the form says; return what a test found, nothing for all else."""
    asked = request.POST.get("action", "")
    name = request.POST.get("name", "").strip()
    actor = request.user.get_username()
    if asked == "test":
        if not may_test_in(request, organisation):
            raise NotAllowed("You may not do this: that needs connection.test.")
        return {name: ask_database(dedicated.database_of(organisation, name), actor=actor)}
    if not is_platform_administrator(request):
        # A URL says whom this machine asks.
        raise NotAllowed("Only a platform administrator names, changes or forgets a database.")
    url, password = request.POST.get("url", "").strip(), request.POST.get("password", "")
    if asked == "create":
        dedicated.create_database(organisation, name, url, password=password, actor=actor)
        messages.success(request, f"{name} is named. It is looked at, and its tables are made.")
    elif asked == "change":
        row = dedicated.database_of(organisation, name)
        dedicated.change_database(row, url=url or None, password=password or None, actor=actor)
        messages.success(request, f"{name} is changed.")
    elif asked == "forget":
        dedicated.forget_database(dedicated.database_of(organisation, name), actor=actor)
        messages.success(request, f"{name} is forgotten. Its tables stay where they are.")
    else:
        raise Invalid(f"There is nothing called {asked[:31]!r} to do here.")
    return {}


def _context(
    request: HttpRequest, organisation: Organisation, tested: dict[str, Checked]
) -> dict[str, Any]:
    rows = DedicatedDatabase.objects.using(DEFAULT).filter(organisation=organisation)
    is_refused = request.method == "POST" and request.POST.get("action") == "create"
    return {
        "title": f"Databases of {organisation}",
        "here": organisation,
        "tabs": tabs(request, organisation, "databases"),
        "databases": [_line(row, tested.get(row.alias)) for row in rows.order_by("alias")],
        "may_change": is_platform_administrator(request),
        "may_test": may_test_in(request, organisation),
        "sent": request.POST if is_refused else {},
        "api": f"/api/v1/organisations/{organisation.name}/databases",
    }


def _line(row: DedicatedDatabase, checked: Checked | None) -> dict[str, Any]:
    return {
        "row": row,
        "url": shown(row.url),
        "is_preparing": row.state == "preparing",
        "tone": {"ready": "good", "failed": "bad"}.get(row.state, "busy"),
        "checked": checked,
        "glance": glance_of(checked) if checked else None,
    }
