"""Search that jumps to anything of the environment by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from gateways.selectors import visible_gateways, visible_services
from policies.selectors import visible_policies, visible_releases
from tenants.models import Environment
from tenants.pages.page import address
from tenants.pages.switcher import address_of, environment_of
from tenants.selectors import environments_for

SHOWN = 6
"""Results of each kind."""


@dataclass(frozen=True, slots=True)
class Result:
    """One thing found, in the form that the sidebar's template shows."""

    title: str
    description: str
    link: str
    icon: str


def _search(request: HttpRequest) -> HttpResponse:
    """Answer with what has the words in its name, for the sidebar's search field."""
    words = request.GET.get("s", "").strip()
    if not words:
        return HttpResponse()
    results = [
        *_environments(request, words),
        *(_in_environment(request, chosen, words) if (chosen := environment_of(request)) else ()),
    ]
    return TemplateResponse(
        request,
        "unfold/helpers/search_results.html",
        {"results": results},
        headers={"HX-Trigger": "search"},
    )


search = admin.site.admin_view(_search)


def _in_environment(request: HttpRequest, environment: Environment, words: str) -> list[Result]:
    user: Any = request.user
    gateways = visible_gateways(user, environment).filter(name__icontains=words)
    services = visible_services(user, environment).filter(name__icontains=words)
    policies = visible_policies(user, environment).filter(name__icontains=words)
    releases = visible_releases(user, environment).filter(gateway__name__icontains=words)
    return [
        *(
            Result(row.name, "gateway", address("gateway", environment, row.name), "alt_route")
            for row in gateways[:SHOWN]
        ),
        *(
            Result(row.name, "service", address("service", environment, row.name), "dns")
            for row in services[:SHOWN]
        ),
        *(
            Result(row.name, "release policy", address("policy", environment, row.name), "rule")
            for row in policies[:SHOWN]
        ),
        *(
            Result(
                str(row),
                "release",
                address("release", environment, row.gateway.name, row.number),
                "rocket_launch",
            )
            for row in releases[:SHOWN]
        ),
    ]


def _environments(request: HttpRequest, words: str) -> list[Result]:
    if not request.user.is_authenticated:
        return []
    found = environments_for(request.user).active().filter(name__icontains=words)
    return [Result(row.path, "environment", address_of(row), "language") for row in found[:SHOWN]]
