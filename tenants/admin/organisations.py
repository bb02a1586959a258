"""Tenants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from tenants.admin.life import LIFE_COLOURS, StateFilter, life_links, usage_words, without
from tenants.admin.scoped import STORES, URLS, TenantAdmin, actor_of, by, keep_secrets
from tenants.forms import OrganisationForm, parted
from tenants.models import LifeState, Organisation
from tenants.services import tenancy
from vamp.admin_columns import moment_column
from vamp.adminsite.asking import is_platform_administrator
from vamp.adminsite.lists import EmptyState, display

QUOTAS = ("most_environments", "most_gateways", "most_releases")


@admin.register(Organisation)
class OrganisationAdmin(TenantAdmin):
    """Tenants. Only platform administrators make them."""

    right_kind = "organisation"
    list_display = (
        "name",
        "title",
        "state_label",
        "environments_count",
        "users_count",
        "created",
        "look_after",
    )
    list_filter = (StateFilter,)
    form = OrganisationForm
    search_fields = ("name", "title")
    readonly_fields = ("usage", "life_cycle")
    fieldsets = (
        (None, {"fields": ("name", "title", "life_cycle", "audit_retention_days")}),
        ("Quotas", {"fields": (*QUOTAS, "usage")}),
        ("New environments", {"fields": ("environment_defaults",)}),
        ("Stores of its own", {"fields": STORES}),
    )
    empty_state = EmptyState(
        "There is no organisation yet",
        "Make one with its first environment:",
        "python manage.py lift acme/production",
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .rows(request)
            .annotate(
                environment_total=Count("environments", distinct=True),
                user_total=Count("users", distinct=True),
            )
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_platform_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active  # one's own

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change") and (obj is None or obj.is_active)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else without(self.fieldsets, "usage", "life_cycle")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        fixed = ("name", "usage", "life_cycle")
        return fixed if is_platform_administrator(request) else (*fixed, *URLS, *QUOTAS)

    @display(description="used now")
    def usage(self, row: Organisation) -> str:
        """What is used of each quota."""
        return usage_words(row)

    @display(description="life cycle")
    def life_cycle(self, row: Organisation) -> str:
        """Its state, and where to change that."""
        return life_links(row)

    @display(description="state", ordering="state", label=LIFE_COLOURS)
    def state_label(self, row: Organisation) -> str:
        """In its colour."""
        return str(LifeState(row.state).label).lower()

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> Organisation:
        row, secrets = parted(fields)
        made = tenancy.create_organisation(actor=actor_of(request), **row)
        keep_secrets(request, made, secrets)
        return made

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        changes, secrets = parted(fields)
        keep_secrets(request, row, secrets)
        if changes:
            tenancy.change_organisation(row, actor=actor_of(request), by=by(request), **changes)

    @display(description="environments", ordering="environment_total")
    def environments_count(self, row: Any) -> int:
        """Environments of the organisation."""
        return int(row.environment_total)

    @display(description="users", ordering="user_total")
    def users_count(self, row: Any) -> int:
        """People of the organisation."""
        return int(row.user_total)

    created = moment_column("created_at", "made")

    @display(description="")
    def look_after(self, row: Organisation) -> str:
        """Its connections."""
        here = reverse("organisation-connections", args=[row.name])
        return format_html('<a class="v-link" href="{}">Connections</a>', here)
