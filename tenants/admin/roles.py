"""Roles of an organisation's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from tenants.admin.rights import RightsField
from tenants.admin.scoped import OfOrganisationAdmin, actor_of, by
from tenants.domain.rights import BUILTIN
from tenants.models import Role
from tenants.services.roles import change_role, create_role, delete_role
from vamp.adminsite.lists import EmptyState, display


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role, its rights as boxes."""

    rights = RightsField(help_text="Whoever has the role may do this where it is given to them.")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.instance.pk:
            self.initial["rights"] = self.instance.rights

    class Meta:
        model = Role
        fields = ("organisation", "name", "title", "rights")


@admin.register(Role)
class RoleAdmin(OfOrganisationAdmin):
    """Named sets of rights, beside those that every organisation has."""

    right_kind = "role"
    form = RoleForm
    list_display = ("name", "title", "organisation", "count_of_rights", "given")
    search_fields = ("name", "title")
    empty_state = EmptyState(
        "There is no role of your own",
        f"Every organisation has {', '.join(BUILTIN)}. Make one where none of these fits.",
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return super().rows(request).annotate(binding_total=Count("bindings"))

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> Role:
        return create_role(**fields, actor=actor_of(request), authority=by(request))

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        change_role(row, actor=actor_of(request), authority=by(request), **fields)

    def remove(self, request: HttpRequest, row: Any) -> None:
        delete_role(row, actor=actor_of(request))

    @display(description="rights")
    def count_of_rights(self, row: Role) -> str:
        """The first few, and how many more."""
        more = f" and {len(row.rights) - 3} more" if len(row.rights) > 3 else ""
        return ", ".join(row.rights[:3]) + more

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is not None and not self.has_change_permission(request, obj):
            return ("organisation", "name", "title", "rights_cell")
        return ("organisation", "name", "title", "rights")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), "rights_cell")

    @display(description="rights")
    def rights_cell(self, row: Role) -> str:
        """All of them."""
        return ", ".join(row.rights)

    @display(description="given", ordering="binding_total")
    def given(self, row: Any) -> str:
        """How often it is given."""
        if not row.binding_total:
            return "to nobody"
        return "once" if row.binding_total == 1 else f"{row.binding_total} times"
