"""Tenants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from tenants.admin.scoped import STORES, TenantAdmin, actor_of
from tenants.forms import OrganisationForm, parted
from tenants.models import Organisation
from tenants.services import tenancy
from tenants.services.namespaces import set_secrets
from vamp.adminsite import EmptyState, display, is_platform_administrator
from vamp.templatetags.vamp_pages import moment


@admin.register(Organisation)
class OrganisationAdmin(TenantAdmin):
    """Tenants. Only platform administrators make them."""

    list_display = ("name", "title", "environments_count", "users_count", "created", "look_after")
    form = OrganisationForm
    search_fields = ("name", "title")
    fieldsets = (
        (None, {"fields": ("name", "title")}),
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

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_platform_administrator(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> Organisation:
        row, secrets = parted(fields)
        made = tenancy.create_organisation(actor=actor_of(request), **row)
        set_secrets(made, secrets, actor=actor_of(request))
        return made

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        changes, secrets = parted(fields)
        set_secrets(row, secrets, actor=actor_of(request))
        if changes:
            tenancy.change_organisation(row, actor=actor_of(request), **changes)

    @display(description="environments", ordering="environment_total")
    def environments_count(self, row: Any) -> int:
        """Environments of the organisation."""
        return int(row.environment_total)

    @display(description="users", ordering="user_total")
    def users_count(self, row: Any) -> int:
        """People of the organisation."""
        return int(row.user_total)

    @display(description="made", ordering="created_at")
    def created(self, row: Organisation) -> str:
        """Relative, with the exact time on hover."""
        return moment(row.created_at)

    @display(description="")
    def look_after(self, row: Organisation) -> str:
        """Its connections."""
        here = reverse("organisation-connections", args=[row.name])
        return format_html('<a class="v-link" href="{}">Connections</a>', here)
