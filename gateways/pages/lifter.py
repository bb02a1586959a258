"""Is it set up? Every environment with the last test of each of its connections, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from gateways.models import Agent
from tenants.domain.store import OF_ENVIRONMENT, OF_INSTALLATION, Store
from tenants.models import ConnectionResult, Environment
from tenants.pages.access import may_in_organisation
from tenants.pages.connections import may_test_in
from tenants.pages.lifter_words import Glance, glance, place_address
from tenants.pages.page import address, render, tell_refusal
from tenants.selectors import environments_for
from tenants.services.check_questions import Place
from tenants.services.checks import MOST_NAMED, ask_connections, results_of
from vamp.adminsite.asking import is_platform_administrator
from vamp.errors import VampError

SHOWN = MOST_NAMED - 1
"""Environments a page; the installation itself is tested with them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One check of one environment.

    Attributes:
        title: which; glance: how it is; link: where more is told.
        at: when it was looked at; None where it is known now, or never was.
        why: what was found, where it is not well.
    """

    title: str
    glance: Glance
    link: str
    at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One environment.

    Attributes:
        environment: which; None for the installation itself.
        name: shown; link: its connections.
        cells: its checks, in the order of `titles`.
        next_step: what to do next, in words; next_link: where; both empty where all is well.
    """

    environment: Environment | None
    name: str
    link: str
    cells: Sequence[Cell]
    next_step: str = ""
    next_link: str = ""


TITLES = (*(store.label for store in OF_ENVIRONMENT), "Agents")


def _overview(request: HttpRequest) -> HttpResponse:
    """Show the matrix; on POST test every connection of the environments on this page."""
    user: Any = request.user
    pages = Paginator(environments_for(user), SHOWN)
    page = pages.get_page(request.GET.get("p"))
    testable = _testable(request, page.object_list)
    if request.method == "POST":
        if not testable:
            raise PermissionDenied("You may test no connection here: that needs connection.test.")
        try:
            ask_connections(testable, actor=user.get_username())
        except VampError as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(request.get_full_path())
    context = _context(request, page, may_test=bool(testable))
    return render(request, "vamp/lifter.html", context)


overview = admin.site.admin_view(_overview)


def _testable(request: HttpRequest, environments: Iterable[Environment]) -> list[Place]:
    """Return those whose connections the person may test; first the installation, if they may."""
    return [place for place in (None, *environments) if may_test_in(request, place)]


def _context(request: HttpRequest, page: Page[Environment], *, may_test: bool) -> dict[str, Any]:
    environments = list(page.object_list)
    sees_installation = is_platform_administrator(request)
    places: list[Place] = [*environments, *([None] if sees_installation else [])]
    results = results_of(places)
    agents = _agents(environments)
    lines = [_line(each, results, agents) for each in environments]
    return {
        "title": "Is it set up?",
        "here": None,
        "titles": TITLES,
        "lines": lines,
        "installation": _installation(results) if sees_installation else None,
        "well": sum(not line.next_step for line in lines),
        "page": page,
        "may_test": may_test,
        "new_environment": _new_environment(request),
        "live_stream": "",
        "live_events": "",
    }


def _new_environment(request: HttpRequest) -> str:
    may_make = may_in_organisation(request, "environment.create")
    return reverse("admin:tenants_environment_add") if may_make else ""


def _line(
    environment: Environment,
    results: Mapping[tuple[Place, Store], ConnectionResult],
    agents: Mapping[int, tuple[int, int]],
) -> Line:
    link = place_address(environment)
    cells = [
        _cell(store, results.get((environment, store)), f"{link}#{store}")
        for store in OF_ENVIRONMENT
    ]
    cells.append(_agents_cell(environment, *agents.get(environment.pk, (0, 0))))
    step, there = _next(environment, cells)
    return Line(environment, environment.path, link, cells, step, there)


def _installation(results: Mapping[tuple[Place, Store], ConnectionResult]) -> Line:
    link = place_address(None)
    cells = [
        _cell(store, results.get((None, store)), f"{link}#{store}") for store in OF_INSTALLATION
    ]
    return Line(None, "the installation", link, cells)


def _cell(store: Store, result: ConnectionResult | None, link: str) -> Cell:
    found = glance(result)
    why = ""
    if result is not None and found.tone in ("bad", "warn"):
        wrong = [each for each in result.checked.findings if each.message and each.tone != "good"]
        why = "; ".join(each.message for each in wrong)[:200]
    return Cell(store.label, found, link, result.tested_at if result else None, why)


def _agents_cell(environment: Environment, live: int, total: int) -> Cell:
    link = address("agents", environment)
    if not total:
        return Cell("Agents", Glance("none yet", "warn"), link)
    tone = "good" if live == total else "bad" if not live else "warn"
    return Cell("Agents", Glance(f"{live} of {total} report", tone), link)


def _next(environment: Environment, cells: Sequence[Cell]) -> tuple[str, str]:
    """Return what to do next about an environment: the worst first."""
    for cell in cells[:-1]:
        if cell.glance.tone == "bad":
            return f"Mend the {cell.title.lower()}", cell.link
    if any(cell.glance.tone == "warn" for cell in cells[:-1]):
        return "Run the set-up", address("setup", environment)
    if any(not cell.glance.tone for cell in cells[:-1]):
        return "Test the connections", place_address(environment)
    if cells[-1].glance.tone != "good":
        return "Start an agent", cells[-1].link
    return "", ""


def _agents(environments: Sequence[Environment]) -> Mapping[int, tuple[int, int]]:
    """Return environment → live and all agents. One query for each database."""
    found: dict[int, tuple[int, int]] = {}
    now = timezone.now()
    for database in {each.database for each in environments}:
        rows = Agent.objects.using(database).filter(
            environment_id__in=[each.pk for each in environments if each.database == database]
        )
        for key, reported_at in rows.values_list("environment_id", "reported_at"):
            live, total = found.get(key, (0, 0))
            is_live = (now - reported_at).total_seconds() <= settings.VAMP.agent_timeout_s
            found[key] = (live + is_live, total + 1)
    return found
