"""Which role is given to whom, where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from tenants.admin.scoped import OfOrganisationAdmin, actor_of, by
from tenants.authorisation import grant_of
from tenants.domain.rights import BUILTIN
from tenants.models import RoleBinding
from tenants.services.bindings import Wanted, bind, change_binding, unbind
from vamp.adminsite import EmptyState, PlainInput, display
from vamp.templatetags.vamp_pages import moment


class BindingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A binding, with the role and the object by their names and the weight in percent."""

    role_name = forms.CharField(
        label="role", widget=PlainInput(), help_text=f"{', '.join(BUILTIN)}, or one of your own."
    )
    object = forms.CharField(
        required=False, widget=PlainInput(), help_text="Only this one, such as gateway/shop."
    )
    percent = forms.DecimalField(
        label="up to",
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=PlainInput(attrs={"inputmode": "decimal"}),
        help_text="Most that a version's weight may be raised to, in percent; empty for no limit.",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        held = self.instance
        if held.pk:
            self.initial["role_name"] = held.role_name
            if held.object_name:
                self.initial["object"] = f"{held.object_kind}/{held.object_name}"
            if held.max_weight is not None:
                self.initial["percent"] = held.max_weight / 100

    def _post_clean(self) -> None:
        # The service checks the whole, by names.
        return

    class Meta:
        model = RoleBinding
        fields = ("organisation", "user", "group", "token", "environment", "selector", "expires_at")


@admin.register(RoleBinding)
class RoleBindingAdmin(OfOrganisationAdmin):
    """Gives roles to users, groups and tokens."""

    right_kind = "binding"
    form = BindingForm
    list_display = ("role_cell", "subject_cell", "scope", "limit", "until", "organisation")
    list_select_related = ("organisation", "role", "user", "group", "token", "environment")
    search_fields = ("user__login", "group__name", "token__name", "builtin", "role__name")
    empty_state = EmptyState(
        "Nobody has been given a role",
        "Give one to a user or a group; until then they may do nothing.",
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (
            *("organisation", "role_name", "user", "group", "token", "environment"),
            *("selector", "object", "expires_at", "percent"),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("organisation", "user", "group", "token", "environment", "selector")

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> RoleBinding:
        subject = {name: fields[name] for name in ("user", "group", "token") if fields.get(name)}
        wanted = Wanted(
            role=fields["role_name"],
            **{name: row.login if name == "user" else row.name for name, row in subject.items()},
            environment=fields["environment"].name if fields.get("environment") else "",
            selector=fields.get("selector") or "",
            object=fields.get("object") or "",
            expires_at=fields.get("expires_at"),
            max_weight=_hundredths(fields.get("percent")),
        )
        return bind(fields["organisation"], wanted, actor=actor_of(request), authority=by(request))

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        change_binding(
            row,
            actor=actor_of(request),
            authority=by(request),
            expires_at=fields.get("expires_at", row.expires_at),
            max_weight=_hundredths(fields["percent"]) if "percent" in fields else row.max_weight,
        )

    def remove(self, request: HttpRequest, row: Any) -> None:
        unbind(row, actor=actor_of(request))

    @display(description="role")
    def role_cell(self, row: RoleBinding) -> str:
        """What is given."""
        return row.role_name

    @display(description="given to")
    def subject_cell(self, row: RoleBinding) -> str:
        """Whom it is given to."""
        return row.subject

    @display(description="on")
    def scope(self, row: RoleBinding) -> str:
        """What it covers."""
        return grant_of(row).scope

    @display(description="up to", ordering="max_weight")
    def limit(self, row: RoleBinding) -> str:
        """The most that a weight may be raised to."""
        return "no limit" if row.max_weight is None else f"{row.max_weight / 100:g} %"

    @display(description="expires", ordering="expires_at")
    def until(self, row: RoleBinding) -> str:
        """Relative, with the exact time on hover."""
        return moment(row.expires_at) if row.expires_at else "never"


def _hundredths(percent: Any) -> int | None:
    return None if percent is None else int(percent * 100)
