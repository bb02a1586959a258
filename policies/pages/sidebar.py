"""The sidebar: what people come for first, the set-up of the installation below it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from policies.selectors import visible_releases
from tenants.models import Environment
from tenants.pages.access import may_in_environment
from tenants.pages.page import address, person_of
from tenants.pages.switcher import environment_of

_IN_ENVIRONMENT = (
    ("Gateways", "alt_route", "gateways_gateway"),
    ("Services", "dns", "gateways_service"),
    ("Policies", "rule", "policies_releasepolicy"),
)
_OVER_DATABASES = (
    ("Events", "bolt", "events", "event.view"),
    ("Audit", "history", "audit", "audit.view"),
)
_LIFTER = (
    ("Organisations", "domain", "tenants_organisation"),
    ("Environments", "language", "tenants_environment"),
    ("Agents", "smart_toy", "gateways_agent"),
    ("Deletions", "delete_sweep", "tenants_deletion"),
)
_ACCESS = (
    ("Users", "person", "tenants_user"),
    ("Groups", "group", "tenants_group"),
    ("Roles", "badge", "tenants_role"),
    ("Bindings", "assignment_ind", "tenants_rolebinding"),
    ("Tokens", "key", "tenants_apitoken"),
    ("Sessions", "devices", "tenants_usersession"),
    ("Locks", "lock_person", "tenants_signinfailures"),
    ("Sign-in policies", "policy", "tenants_signinpolicy"),
    ("Single sign-on", "passkey", "tenants_identityprovider"),
)
_INSIDE: tuple[tuple[str, str, str], ...] = (
    ("Traffic counts", "monitoring", "vamp_rolluprow"),
    ("Hook deliveries", "webhook", "policies_hookdelivery"),
    ("Given-up events", "report", "vamp_deadletter"),
)
_INSTALLATION = (
    ("Failed tasks", "report", "vamp_deadtask"),
    ("Leases", "lock_clock", "vamp_lease"),
    ("Stream cursors", "start", "vamp_streamcursor"),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the sidebar for whoever asks."""
    if not request.user.is_authenticated:
        return []
    environment = environment_of(request)
    first = [_overview(request, environment)]
    if environment is not None and may_in_environment(request, "release.view"):
        first.append(_releases(request, environment))
    access = {"title": "Who may what", "icon": "policy", "link": reverse("access")}
    groups: list[dict[str, Any]] = [
        {
            "title": "",
            "items": [*first, *_items(request, _IN_ENVIRONMENT), *_own(request, environment)],
        },
        {
            "title": "Lifter",
            "separator": True,
            "items": [*_set_up(request, environment), *_items(request, _LIFTER)],
        },
        {
            "title": "Access",
            "separator": True,
            "items": [*_items(request, _ACCESS), access],
        },
        {
            "title": "Inside",
            "separator": True,
            "collapsible": True,
            "items": _items(request, _INSIDE + _INSTALLATION),
        },
    ]
    return [group for group in groups if group["items"]]


def _overview(request: HttpRequest, environment: Environment | None) -> dict[str, Any]:
    """Return the way to the overview, at the chosen environment's own address."""
    index = reverse("admin:index")
    link = index if environment is None else address("environment", environment)
    is_here = request.path in (index, link)
    return {"title": "Overview", "icon": "dashboard", "link": link, "active": is_here}


def _items(request: HttpRequest, entries: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Return those of `entries` that the person may open; each asks the admin that it leads to."""
    return [
        {"title": title, "icon": icon, "link": reverse(f"admin:{name}_changelist")}
        for title, icon, name in entries
        if _admin_of(name).has_view_permission(request)
    ]


def _set_up(request: HttpRequest, environment: Environment | None) -> list[dict[str, Any]]:
    """Return whether all is set up, and the connections of wherever the person is."""
    items = [{"title": "Is it set up?", "icon": "fact_check", "link": reverse("lifter")}]
    if environment is not None and may_in_environment(request, "connection.view"):
        link = address("connections", environment)
        items.append({"title": "Connections", "icon": "cable", "link": link})
    elif getattr(request.user, "is_platform_administrator", False):
        link = reverse("installation-connections")
        items.append({"title": "Connections", "icon": "cable", "link": link})
    return items


def _item(entry: tuple[str, str, str]) -> dict[str, Any]:
    title, icon, name = entry
    return {"title": title, "icon": icon, "link": reverse(f"admin:{name}_changelist")}


def _own(request: HttpRequest, environment: Environment | None) -> list[dict[str, Any]]:
    """Return the pages of the chosen environment that no list of the admin leads to."""
    if environment is None:
        return []
    items = []
    for title, icon, page, right in _OVER_DATABASES:
        if may_in_environment(request, right):
            there = reverse(page, args=[environment.organisation.name])
            query = urlencode({"environment": environment.name})
            items.append({"title": title, "icon": icon, "link": f"{there}?{query}"})
    if may_in_environment(request, "storage.view"):
        link = address("storage", environment)
        items.append({"title": "Storage", "icon": "database", "link": link})
    return items


@cache
def _admin_of(name: str) -> Any:
    app, _, model = name.partition("_")
    return admin.site._registry[apps.get_model(app, model)]


def _releases(request: HttpRequest, environment: Environment) -> dict[str, Any]:
    rows = visible_releases(person_of(request), environment)
    under_way = rows.active().count()
    item = {
        "title": "Releases",
        "icon": "rocket_launch",
        "link": address("releases", environment),
    }
    return {**item, "badge": str(under_way), "badge_variant": "info"} if under_way else item
