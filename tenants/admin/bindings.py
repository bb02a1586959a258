"""Which role is given to whom, where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from tenants.admin.scoped import OfOrganisationAdmin, actor_of, by
from tenants.authorisation import grant_of
from tenants.domain.rights import BUILTIN
from tenants.models import Role, RoleBinding
from tenants.services.bindings import Wanted, bind, change_binding, unbind
from vamp.admin_columns import moment_column
from vamp.adminsite.inputs import PlainInput, Select
from vamp.adminsite.lists import EmptyState, display


class BindingForm(forms.ModelForm):  # type: ignore[type-arg]
    """A binding, with the role and the object by their names and the weight in percent."""

    own_roles: ClassVar[Sequence[str]] = ()

    role = forms.ChoiceField(widget=Select())
    object = forms.CharField(
        required=False, widget=PlainInput(), help_text="Only this one, such as gateway/shop."
    )
    max_weight = forms.DecimalField(
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
        if "role" in self.fields:
            self.fields["role"].choices = role_choices(self.own_roles)  # type: ignore[attr-defined]
        if held.pk:
            percent = None if held.max_weight is None else held.max_weight / 100
            self.initial["max_weight"] = percent
        for name, help_text in _HELP.items():
            if name in self.fields:
                self.fields[name].help_text = help_text

    def _post_clean(self) -> None:
        # The service checks the whole, by names.
        return

    class Meta:
        model = RoleBinding
        fields = ("organisation", "user", "group", "token", "environment", "selector", "expires_at")


_HELP: Final[Mapping[str, str]] = {
    "user": "Whom the role is given to: one user, or …",
    "group": "… one group, or …",
    "token": "… one service's token.",
    "environment": "Empty: the organisation with all its environments.",
    "selector": "Only objects with such labels, such as team=web, tier!=backend.",
    "expires_at": "Until when; empty for good. It gives nothing from then on.",
}


def role_choices(own: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the roles that can be given, in groups: those of Vamp and the organisation's own."""
    builtin = [(role.name, f"{role.name}: {role.title}") for role in BUILTIN.values()]
    groups = [("", [("", "–")]), ("Come with Vamp", builtin)]
    return [*groups, ("Of your own", [(name, name) for name in own])] if own else groups


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

    autocomplete_fields = ("user", "group")
    _READ = ("organisation", "role_cell", "subject_cell", "scope", "created_by", "created_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is not None:
            return (*self._READ[:4], "expires_at", "max_weight", *self._READ[4:])
        return (
            *("organisation", "role", "user", "group", "token", "environment"),
            *("selector", "object", "expires_at", "max_weight"),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self._READ

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        roles = admin.site._registry[Role]
        own = sorted(set(roles.get_queryset(request).values_list("name", flat=True)))
        return type(form.__name__, (form,), {"own_roles": own})

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        offered = super().get_field_queryset(db, db_field, request)
        # Other tokens act for somebody, and may do what they may.
        is_token = db_field.name == "token"
        return offered.filter(user=None, agent_of=None) if is_token else offered

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> RoleBinding:
        subject = {name: fields[name] for name in ("user", "group", "token") if fields.get(name)}
        wanted = Wanted(
            role=fields["role"],
            **{name: row.login if name == "user" else row.name for name, row in subject.items()},
            environment=fields["environment"].name if fields.get("environment") else "",
            selector=fields.get("selector") or "",
            object=fields.get("object") or "",
            expires_at=fields.get("expires_at"),
            max_weight=_hundredths(fields.get("max_weight")),
        )
        return bind(fields["organisation"], wanted, actor=actor_of(request), authority=by(request))

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        change_binding(
            row,
            actor=actor_of(request),
            authority=by(request),
            expires_at=fields.get("expires_at", row.expires_at),
            max_weight=_hundredths(fields["max_weight"])
            if "max_weight" in fields
            else row.max_weight,
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

    until = moment_column("expires_at", "expires", without="never")


def _hundredths(percent: Any) -> int | None:
    return None if percent is None else int(percent * 100)
