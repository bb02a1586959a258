"""Roles of an organisation's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from tenants.admin.scoped import OfOrganisationAdmin, actor_of, by
from tenants.domain.rights import BUILTIN, VERBS
from tenants.models import Role
from tenants.services.roles import change_role, create_role, delete_role
from vamp.adminsite import EmptyState, TextArea, display

_HELP = (
    "One a line, <kind>.<verb>; either half may be *. Kinds and their verbs: "
    + "; ".join(f"{kind}: {', '.join(verbs)}" for kind, verbs in VERBS.items())
    + "."
)


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role, its rights one a line."""

    rights = forms.CharField(widget=TextArea(attrs={"rows": 8, "spellcheck": "false"}))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if "rights" in self.fields:
            self.fields["rights"].help_text = _HELP
        if self.instance.pk:
            self.initial["rights"] = "\n".join(self.instance.rights)

    def clean_rights(self) -> list[str]:
        """Return the lines that are not empty."""
        return [line.strip() for line in self.cleaned_data["rights"].splitlines() if line.strip()]

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

    @display(description="given", ordering="binding_total")
    def given(self, row: Any) -> str:
        """How often it is given."""
        return f"{row.binding_total} times" if row.binding_total else "to nobody"
