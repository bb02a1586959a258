"""Environments in the order of the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from tenants.admin.life import LIFE_COLOURS, StateFilter, life_links, without
from tenants.admin.scoped import STORES, URLS, TenantAdmin, actor_of, by, keep_secrets
from tenants.authorisation import may
from tenants.domain.authority import ORGANISATION, Target
from tenants.forms import EnvironmentForm, parted
from tenants.models import Environment
from tenants.models.environment import Stage
from tenants.selectors import environments_for
from tenants.services import tenancy
from vamp.adminsite.asking import is_platform_administrator
from vamp.adminsite.lists import EmptyState, display
from vamp.adminsite.scoped import ScopedRelatedFilter

STAGE_COLOURS = {
    Stage.PRODUCTION.label: "danger",
    Stage.ACCEPTANCE.label: "warning",
    Stage.TEST.label: "info",
    Stage.DEVELOPMENT.label: "success",
}


@admin.register(Environment)
class EnvironmentTenantAdmin(TenantAdmin):
    """Environments in the order of the pipeline."""

    right_kind = "environment"
    form = EnvironmentForm
    list_display = (
        *("path_link", "stage_label", "state_label", "order"),
        *("scheduler_url", "namespace", "enter"),
    )
    list_filter = (StateFilter, "stage", ("organisation", ScopedRelatedFilter))
    list_select_related = ("organisation",)
    search_fields = ("name", "title", "organisation__name")
    empty_state = EmptyState(
        "There is no environment yet",
        "Make one with its organisation:",
        "python manage.py lift acme/production",
    )
    fieldsets = (
        (None, {"fields": ("organisation", "name", "title", "life_cycle", "stage", "order")}),
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

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        user: Any = request.user
        return environments_for(user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active  # those in which the person may do anything

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "create")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        target = Target(obj.name) if obj else ORGANISATION
        is_active = obj is None or obj.is_active
        return request.user.is_active and is_active and may(user, "environment.change", target)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else without(self.fieldsets, "life_cycle")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # What says where Vamp itself reads and writes is not the tenant's to choose.
        stores = () if is_platform_administrator(request) else URLS
        return ("organisation", "name", "life_cycle", *stores) if obj else stores

    @display(description="life cycle")
    def life_cycle(self, row: Environment) -> str:
        """Its state, and where to change that."""
        return life_links(row)

    @display(description="state", label=LIFE_COLOURS)
    def state_label(self, row: Environment) -> str:
        """In its colour."""
        return str(row.life.label).lower()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        user: Any = request.user
        return {**super().get_changeform_initial_data(request), "organisation": user.organisation}

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> Environment:
        row, secrets = parted(fields)
        # What was left as the form had it is for the organisation's template to say.
        row = {name: value for name, value in row.items() if not _is_untouched(name, value)}
        made = tenancy.create_environment(actor=actor_of(request), by=by(request), **row)
        keep_secrets(request, made, secrets)
        return made

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        changes, secrets = parted(fields)
        keep_secrets(request, row, secrets)
        if changes:
            tenancy.change_environment(row, actor=actor_of(request), by=by(request), **changes)

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
        joined = format_html_join(" · ", '<a class="v-link" href="{}">{}</a>', links)
        return format_html('<span class="v-links">{}</span>', joined)


def _is_untouched(name: str, value: Any) -> bool:
    field = Environment._meta.get_field(name)
    return name not in {"organisation", "name"} and value in {"", getattr(field, "default", None)}
