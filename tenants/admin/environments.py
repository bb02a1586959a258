"""Environments in the order of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from tenants.admin.scoped import STORES, TenantAdmin, actor_of
from tenants.forms import EnvironmentForm, parted
from tenants.models import Environment
from tenants.models.environment import Stage
from tenants.services import tenancy
from tenants.services.namespaces import set_secrets
from vamp.adminsite import EmptyState, ScopedRelatedFilter, display, is_platform_administrator

STAGE_COLOURS = {
    Stage.PRODUCTION.label: "danger",
    Stage.ACCEPTANCE.label: "warning",
    Stage.TEST.label: "info",
    Stage.DEVELOPMENT.label: "success",
}


@admin.register(Environment)
class EnvironmentTenantAdmin(TenantAdmin):
    """Environments in the order of the pipeline."""

    form = EnvironmentForm
    list_display = ("path_link", "stage_label", "order", "scheduler_url", "namespace", "enter")
    list_filter = ("stage", ("organisation", ScopedRelatedFilter))
    list_select_related = ("organisation",)
    search_fields = ("name", "title", "organisation__name")
    empty_state = EmptyState(
        "There is no environment yet",
        "Make one with its organisation:",
        "python manage.py lift acme/production",
    )
    fieldsets = (
        (None, {"fields": ("organisation", "name", "title", "stage", "order")}),
        (
            "Scheduler",
            {
                "fields": (
                    *("scheduler_url", "secret_scheduler", "namespace"),
                    *("service_label", "version_label"),
                )
            },
        ),
        ("Gateways", {"fields": ("shared_port",)}),
        ("Stores of its own", {"fields": STORES}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_platform_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Its URLs say where Vamp reads, writes and starts processes on its own machine.
        return is_platform_administrator(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("organisation", "name") if obj else ()

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> Environment:
        row, secrets = parted(fields)
        made = tenancy.create_environment(actor=actor_of(request), **row)
        set_secrets(made, secrets, actor=actor_of(request))
        return made

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        changes, secrets = parted(fields)
        set_secrets(row, secrets, actor=actor_of(request))
        if changes:
            tenancy.change_environment(row, actor=actor_of(request), **changes)

    @display(description="environment", ordering="name")
    def path_link(self, row: Environment) -> str:
        """organisation/environment."""
        return row.path

    @display(description="stage", ordering="stage", label=STAGE_COLOURS)
    def stage_label(self, row: Environment) -> str:
        """In its colour."""
        return Stage(row.stage).label

    @display(description="")
    def enter(self, row: Environment) -> str:
        """Switch to it, or look after it."""
        places = (
            ("environment", "Switch to it"),
            ("connections", "Connections"),
            ("setup", "Set-up"),
            ("agents", "Agents"),
        )
        links = [
            (reverse(name, args=[row.organisation.name, row.name]), title) for name, title in places
        ]
        return format_html_join(" · ", '<a class="v-link" href="{}">{}</a>', links)
