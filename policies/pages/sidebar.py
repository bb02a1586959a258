"""The sidebar: what people come for first, the set-up of the installation below it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from policies.models import Release
from tenants.models import Environment
from tenants.pages.page import address
from tenants.pages.switcher import environment_of

_IN_ENVIRONMENT = (
    ("Gateways", "alt_route", "gateways_gateway"),
    ("Services", "dns", "gateways_service"),
    ("Policies", "rule", "policies_releasepolicy"),
    ("Events", "bolt", "vamp_outboxevent"),
)
_LIFTER = (
    ("Organisations", "domain", "tenants_organisation"),
    ("Environments", "language", "tenants_environment"),
    ("Agents", "smart_toy", "gateways_agent"),
    ("Deletions", "delete_sweep", "tenants_deletion"),
    ("Users", "group", "tenants_user"),
    ("Tokens", "key", "tenants_apitoken"),
)
_INSIDE: tuple[tuple[str, str, str], ...] = (
    ("Traffic counts", "monitoring", "vamp_rolluprow"),
    ("Hook deliveries", "webhook", "policies_hookdelivery"),
    ("Given-up events", "report", "vamp_deadletter"),
)
_INSTALLATION = (
    ("Single sign-on", "passkey", "tenants_identityprovider"),
    ("Sign-in policies", "policy", "tenants_signinpolicy"),
    ("Sessions", "devices", "tenants_usersession"),
    ("Locks", "lock_person", "tenants_signinfailures"),
    ("Failed tasks", "report", "vamp_deadtask"),
    ("Leases", "lock_clock", "vamp_lease"),
    ("Stream cursors", "start", "vamp_streamcursor"),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the sidebar for whoever asks."""
    if not request.user.is_authenticated:
        return []
    environment = environment_of(request)
    first = [{"title": "Overview", "icon": "dashboard", "link": reverse("admin:index")}]
    if environment is not None:
        first.append(_releases(environment))
    inside = _INSIDE
    if getattr(request.user, "is_platform_administrator", False):
        inside += _INSTALLATION
    return [
        {
            "title": "",
            "items": [
                *first,
                *map(_item, _IN_ENVIRONMENT),
                _audit(environment),
                *_storage(environment),
            ],
        },
        {
            "title": "Lifter",
            "separator": True,
            "items": [*_set_up(request, environment), *map(_item, _LIFTER)],
        },
        {
            "title": "Inside",
            "separator": True,
            "collapsible": True,
            "items": [*map(_item, inside)],
        },
    ]


def _set_up(request: HttpRequest, environment: Environment | None) -> list[dict[str, Any]]:
    """Return whether all is set up, and the connections of wherever the person is."""
    items = [{"title": "Is it set up?", "icon": "fact_check", "link": reverse("lifter")}]
    if environment is not None:
        link = address("connections", environment)
        items.append({"title": "Connections", "icon": "cable", "link": link})
    elif getattr(request.user, "is_platform_administrator", False):
        link = reverse("installation-connections")
        items.append({"title": "Connections", "icon": "cable", "link": link})
    return items


def _item(entry: tuple[str, str, str]) -> dict[str, Any]:
    title, icon, name = entry
    return {"title": title, "icon": icon, "link": reverse(f"admin:{name}_changelist")}


def _storage(environment: Environment | None) -> list[dict[str, Any]]:
    if environment is None:
        return []
    return [{"title": "Storage", "icon": "database", "link": address("storage", environment)}]


def _audit(environment: Environment | None) -> dict[str, Any]:
    if environment is None:
        return _item(("Audit", "history", "vamp_auditentry"))
    there = reverse("audit", args=[environment.organisation.name])
    query = urlencode({"environment": environment.name})
    return {"title": "Audit", "icon": "history", "link": f"{there}?{query}"}


def _releases(environment: Environment) -> dict[str, Any]:
    under_way = Release.objects.in_environment(environment).active().count()
    item = {
        "title": "Releases",
        "icon": "rocket_launch",
        "link": address("releases", environment),
    }
    return {**item, "badge": str(under_way), "badge_variant": "info"} if under_way else item
