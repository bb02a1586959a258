"""Every address of the installation, and what a stranger may get there.

A new address needs an entry in `ADDRESSES`; a new admin needs a row of its model in
`tests.furnished`. `tests.test_isolation` fails until it has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tenants.models import ApiToken, RoleBinding, SignInFailures, StorageMove, UserSession
from tests.furnished import Tenant
from vamp.models import AuditEntry


class Stranger(Enum):
    """What somebody of another tenant may get at an address."""

    NOTHING = "404, 403, 401 or the log-in page"
    OWN = "what is public or the stranger's own"


@dataclass(frozen=True, slots=True)
class Address:
    """One pattern, filled in with the names and ids of a tenant's things.

    Attributes:
        name: of the pattern, for messages.
        path: ready to be asked for.
        stranger: what somebody of another tenant may get.
        methods: that are tried.
    """

    name: str
    path: str
    stranger: Stranger
    methods: tuple[str, ...]


NOTHING, OWN = Stranger.NOTHING, Stranger.OWN

ADDRESSES: Mapping[str, Stranger] = {
    # The installation's own.
    "home": OWN,
    "healthz": OWN,
    "readyz": OWN,
    "metrics": OWN,
    "schema": OWN,
    "api-docs": OWN,
    # API: what has no tenant in its address.
    "api-installation-lock": NOTHING,
    "api-installation-locks": NOTHING,
    "api-installation-salt": NOTHING,
    "api-installation-sign-in": NOTHING,
    "api-me": OWN,
    "api-installation-connections": NOTHING,
    "api-installation-connection-test": NOTHING,
    "api-my-password": OWN,
    "api-my-session": NOTHING,
    "api-my-sessions": OWN,
    "api-organisations": OWN,
    "api-installation-audit": NOTHING,
    "api-installation-audit-export": NOTHING,
    # API: an organisation's.
    "api-organisation": NOTHING,
    "api-organisation-audit": NOTHING,
    "api-organisation-explain": NOTHING,
    "api-binding": NOTHING,
    "api-bindings": NOTHING,
    "api-group": NOTHING,
    "api-groups": NOTHING,
    "api-role": NOTHING,
    "api-roles": NOTHING,
    "api-user": NOTHING,
    "api-organisation-audit-export": NOTHING,
    "api-databases": NOTHING,
    "api-database": NOTHING,
    "api-database-test": NOTHING,
    "api-deletions": NOTHING,
    "api-organisation-connections": NOTHING,
    "api-organisation-connection-test": NOTHING,
    "api-environments": NOTHING,
    "api-organisation-archive": NOTHING,
    "api-organisation-deletion": NOTHING,
    "api-organisation-restore": NOTHING,
    "api-lock": NOTHING,
    "api-locks": NOTHING,
    "api-organisation-secrets": NOTHING,
    "api-organisation-secret": NOTHING,
    "api-salt": NOTHING,
    "api-sign-in": NOTHING,
    "api-single-sign-on": NOTHING,
    "api-tokens": NOTHING,
    "api-token": NOTHING,
    "api-user-active": NOTHING,
    "api-user-factors": NOTHING,
    "api-user-password": NOTHING,
    "api-user-session": NOTHING,
    "api-user-sessions": NOTHING,
    "api-users": NOTHING,
    # API: an environment's.
    "api-environment": NOTHING,
    "api-environment-archive": NOTHING,
    "api-environment-clone": NOTHING,
    "api-environment-deletion": NOTHING,
    "api-environment-restore": NOTHING,
    "api-environment-status": NOTHING,
    "api-apply": NOTHING,
    "api-agent-key": NOTHING,
    "api-audit": NOTHING,
    "api-audit-export": NOTHING,
    "api-connections": NOTHING,
    "api-connection-test": NOTHING,
    "api-dead-letters": NOTHING,
    "api-events": NOTHING,
    "api-events-stream": NOTHING,
    "api-explain": NOTHING,
    "api-agents": NOTHING,
    "api-agent": NOTHING,
    "api-agent-report": NOTHING,
    "api-agent-rollups": NOTHING,
    "api-gateways": NOTHING,
    "api-gateway": NOTHING,
    "api-gateway-releases": NOTHING,
    "api-gateway-status": NOTHING,
    "api-gateway-traffic": NOTHING,
    "api-gateway-weights": NOTHING,
    "api-gateway-yaml": NOTHING,
    "api-policies": NOTHING,
    "api-policy": NOTHING,
    "api-policy-version": NOTHING,
    "api-policy-versions": NOTHING,
    "api-policy-yaml": NOTHING,
    "api-release": NOTHING,
    "api-release-action": NOTHING,
    "api-release-evaluations": NOTHING,
    "api-releases": NOTHING,
    "api-move": NOTHING,
    "api-move-action": NOTHING,
    "api-moves": NOTHING,
    "api-secret": NOTHING,
    "api-secrets": NOTHING,
    "api-service": NOTHING,
    "api-services": NOTHING,
    "api-storage": NOTHING,
    "api-setup": NOTHING,
    "api-version-restart": NOTHING,
    "api-version-scale": NOTHING,
    # Signing in, and one's own account.
    "account_login": OWN,
    "account_logout": OWN,
    "account_change_password": OWN,
    "account_inactive": OWN,
    "account_reauthenticate": OWN,
    "account-sessions-end": OWN,
    "sign-on": OWN,
    "openid_connect_login": OWN,
    "openid_connect_callback": OWN,
    "mfa_activate_totp": OWN,
    "mfa_add_webauthn": OWN,
    "mfa_authenticate": OWN,
    "mfa_deactivate_totp": OWN,
    "mfa_download_recovery_codes": OWN,
    "mfa_edit_webauthn": OWN,
    "mfa_generate_recovery_codes": OWN,
    "mfa_index": OWN,
    "mfa_reauthenticate": OWN,
    "mfa_reauthenticate_webauthn": OWN,
    "mfa_remove_webauthn": OWN,
    "mfa_view_recovery_codes": OWN,
    # Pages.
    "search": OWN,
    "audit": NOTHING,
    "events": NOTHING,
    "audit-entry": NOTHING,
    "audit-export": NOTHING,
    "installation-audit": NOTHING,
    "installation-audit-entry": NOTHING,
    "installation-audit-export": NOTHING,
    "lifter": OWN,
    "installation-connections": NOTHING,
    "organisation-connections": NOTHING,
    "connections": NOTHING,
    "setup": NOTHING,
    "agents": NOTHING,
    "access": OWN,
    "token-rotate": NOTHING,
    "environment": NOTHING,
    "environment-clone": NOTHING,
    "environment-life": NOTHING,
    "organisation-life": NOTHING,
    "organisation-databases": NOTHING,
    "organisation-passwords": NOTHING,
    "installation-passwords": NOTHING,
    "user-password": NOTHING,
    "releases": NOTHING,
    "release": NOTHING,
    "release-action": NOTHING,
    "gateway": NOTHING,
    "gateway-document": NOTHING,
    "gateway-new": NOTHING,
    "gateway-release": NOTHING,
    "gateway-remove": NOTHING,
    "gateway-weights": NOTHING,
    "policy": NOTHING,
    "policy-new": NOTHING,
    "policy-remove": NOTHING,
    "service": NOTHING,
    "storage": NOTHING,
    "storage-cancel": NOTHING,
    "storage-finish": NOTHING,
    # The admin's own.
    "view-on-site": NOTHING,
    "admin:index": OWN,
    "admin:login": OWN,
    "admin:logout": OWN,
    "admin:password_change": OWN,
    "admin:password_change_done": OWN,
    "admin:autocomplete": OWN,
    "admin:jsi18n": OWN,
    "admin:search": OWN,
    "admin:app_list": OWN,
    "admin:view_on_site": NOTHING,
}
"""Name of the pattern → what a stranger may get there."""

ARGUMENTS: Mapping[str, Any] = {
    "gateway": "shop",
    "service": "shop",
    "version": "1.0.0",
    "policy": "canary",
    "agent": "vga-1",
    "secret": "metrics",
    "store": "kv",
    "token": "ci",
    "role": "releaser",
    "group": "sre",
    "user": "ana",
    "number": 1,
    "action": "abort",
    "app_label": "gateways",
    "rest": "1/1/",
}
"""Argument of a pattern → what every tenant has under that name."""

OF_SIGN_IN: Mapping[str, Callable[[Tenant], Any]] = {
    "lock": lambda tenant: tenant.rows[SignInFailures].pk,
    "pk": lambda tenant: Authenticator.objects.get(user=tenant.user, type="webauthn").pk,
    "provider_id": lambda tenant: tenant.organisation.name,
    "session": lambda tenant: tenant.rows[UserSession].pk[:16],
}
"""Argument of a pattern → what it is for this tenant."""

NAMES: Mapping[str, str] = {"policy": "canary", "policy-remove": "canary"}
"""Pages whose argument ``name`` is something else than ``shop``."""

ADMIN_VIEWS: Mapping[str, Stranger] = {
    "changelist": OWN,
    "add": OWN,
    "history": NOTHING,
    "delete": NOTHING,
    "change": NOTHING,
}
"""What every model's admin has, by the end of the pattern's name."""

UNNAMED = frozenset({"admin/(?P<url>.*)$"})
"""Patterns without a name that lead nowhere: the admin's catch-all."""


def patterns(
    resolver: URLResolver | None = None, prefix: str = "", spaces: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """Yield route, name with its namespaces ("" without one) and pattern of every address."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{spaces}{entry.namespace}:" if entry.namespace else spaces
            yield from patterns(entry, route, inner)
        else:
            yield route, f"{spaces}{entry.name}" if entry.name else "", entry


def unknown_addresses() -> list[str]:
    """Return what must be added, and where, for every address and admin to be walked."""
    missing = []
    of_admins = set(_admin_names())
    for route, name, _ in patterns():
        if name in ADDRESSES or name in of_admins or route in UNNAMED:
            continue
        if not name and route.endswith("<path:object_id>/"):
            continue  # the admin's redirect to its change view, the same for every id
        missing.append(
            f"{route} (name {name or 'none'}): add its name to tests.addresses.ADDRESSES,"
            " with what somebody of another tenant may get there"
        )
    return missing


def models_without_rows(tenant: Tenant) -> list[str]:
    """Return the models of admins that the furnished tenants have no row of."""
    of_nobody = {"DeadTask", "Lease", "StreamCursor"}  # the installation's, of no tenant
    return [
        f"{model.__name__}: make a row of it in tests.furnished"
        for model in admin.site._registry
        if model not in tenant.rows and model.__name__ not in of_nobody
    ]


def addresses_of(tenant: Tenant) -> Iterator[Address]:
    """Yield every address with the names and ids of `tenant`'s things, admins' included."""
    for route, name, _ in patterns():
        if name in ADDRESSES and name != "admin:view_on_site":
            arguments = {key: _argument(tenant, name, key) for key in _parameters(route)}
            path = reverse(name, kwargs=arguments)
            yield Address(name, path, ADDRESSES[name], _methods(route, ADDRESSES[name]))
    for model, row in tenant.rows.items():
        if model in admin.site._registry:
            yield from _addresses_of_row(model, row)


def _methods(route: str, stranger: Stranger) -> tuple[str, ...]:
    if stranger is OWN:
        return ("GET",)
    return (
        ("GET", "POST", "PUT", "PATCH", "DELETE") if route.startswith("api/") else ("GET", "POST")
    )


def _addresses_of_row(model: type[Model], row: Model) -> Iterator[Address]:
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    for view in ("history", "delete", "change"):
        path = reverse(f"{base}_{view}", args=[row.pk])
        yield Address(f"{base}_{view}", path, ADMIN_VIEWS[view], ("GET", "POST"))
    kind = ContentType.objects.get_for_model(model)
    path = reverse("admin:view_on_site", args=[kind.pk, row.pk])
    yield Address("admin:view_on_site", path, NOTHING, ("GET",))
    for view in ("changelist", "add"):
        path = reverse(f"{base}_{view}")
        yield Address(f"{base}_{view}", path, ADMIN_VIEWS[view], ("GET",))


def _admin_names() -> Iterator[str]:
    for model in admin.site._registry:
        for view in ADMIN_VIEWS:
            yield f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"


def _parameters(route: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", route)


OF_TENANT: Mapping[str, Callable[[Tenant], Any]] = {
    "token-rotate": lambda tenant: tenant.rows[ApiToken].pk,
    "organisation": lambda tenant: tenant.organisation.name,
    "environment": lambda tenant: tenant.environment.name,
    "database": lambda tenant: f"{tenant.organisation.name}-own",
    "move": lambda tenant: tenant.rows[StorageMove].pk,
    "entry": lambda tenant: tenant.rows[AuditEntry].pk,
    "person": lambda tenant: tenant.user.pk,
    "binding": lambda tenant: tenant.rows[RoleBinding].pk,
}
"""Argument of a pattern, or the pattern itself → what a tenant has for it."""


def _argument(tenant: Tenant, name: str, parameter: str) -> Any:
    if parameter == "organisation":
        return tenant.organisation.name
    if parameter == "environment":
        return tenant.environment.name
    if parameter in OF_SIGN_IN:
        return OF_SIGN_IN[parameter](tenant)
    if parameter == "name":
        return NAMES.get(name, "shop")
    if parameter == "database" and "audit" in name:
        return tenant.environment.database
    known = OF_TENANT.get(name) or OF_TENANT.get(parameter)
    if known is not None:
        return known(tenant)
    if parameter not in ARGUMENTS:
        raise AssertionError(f"add {parameter!r} (of {name}) to tests.addresses.ARGUMENTS")
    return ARGUMENTS[parameter]
