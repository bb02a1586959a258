"""People who may log in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group as DjangoGroup
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode

from tenants.admin.scoped import TenantAdmin, actor_of, by
from tenants.admin.user_actions import UserActions
from tenants.authorisation import bindings_of, grant_of
from tenants.models import Group, Organisation, RoleBinding, User
from tenants.services import people
from tenants.services.delegation import refuse_power_over
from vamp.admin_columns import moment_column
from vamp.adminsite.asking import is_platform_administrator
from vamp.adminsite.inputs import PasswordInput
from vamp.adminsite.lists import EmptyState, display
from vamp.adminsite.scoped import ScopedRelatedFilter
from vamp.documents.units import format_percent
from vamp.errors import Fault, Invalid

# Django's groups belong to no organisation: on the screens they would be everybody's.
admin.site.unregister(DjangoGroup)


def _named(user: User, row: Any, name: str) -> str:
    """Return `name` with a link to `row`, for whoever may open that."""
    kind = row._meta.model_name
    if kind not in getattr(user, "opened", ()):
        return name
    page = reverse(f"admin:tenants_{kind}_change", args=[row.pk])
    return format_html('<a class="v-link" href="{}">{}</a>', page, name)


def _given(binding: RoleBinding) -> str:
    """Return where a role is given, through whom, until when and up to what."""
    parts = [f"on {grant_of(binding).scope}"]
    if binding.group is not None:
        parts.append(f"by group {binding.group.name}")
    if binding.max_weight is not None:
        parts.append(f"up to {format_percent(binding.max_weight)}")
    if binding.expires_at is not None:
        is_over = binding.expires_at <= timezone.now()
        parts.append(f"{'ended' if is_over else 'until'} {binding.expires_at:%Y-%m-%d %H:%M} UTC")
    return ", ".join(parts)


def _organisation_in(user: User, login: str) -> Organisation | None:
    """Return the organisation that a login names; None for that of a platform administrator.

    Raises:
        Invalid: there is no such organisation.
    """
    name, slash, _ = login.partition("/")
    if not slash:
        return None
    found = Organisation.objects.visible_to(user).filter(name=name).first()
    if found is None:
        raise Invalid(faults=[Fault("/login", f"there is no organisation {name[:63]}")])
    return found


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new person. The service checks login and password together."""

    password = forms.CharField(
        widget=PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least twelve characters, not a common word, not like the login.",
    )

    def _post_clean(self) -> None:
        # The service checks the row as a whole, once it knows the organisation.
        return

    class Meta:
        model = User
        fields = ("login", "password", "full_name", "email", "must_change_password")
        help_texts = {
            "login": "organisation/user. Without an organisation: a platform administrator, if you"
            " are one; else somebody of your own."
        }


@admin.register(User)
class UserAdmin(UserActions, TenantAdmin):
    """People who may log in."""

    right_kind = "user"
    form = UserForm
    list_display = ("login", "full_name", "email", "is_active", "kind", "joined")
    list_filter = ("is_active", ("organisation", ScopedRelatedFilter))
    list_select_related = ("organisation",)
    search_fields = ("login", "full_name", "email")
    empty_state = EmptyState(
        "Nobody can log in yet",
        "Make a user, or a tenant with its first user:",
        "python manage.py lift acme/production",
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().rows(request)
        return rows if self.may(request, "view") else rows.filter(pk=request.user.pk)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active  # oneself at least

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "create")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return (
            *("login", "organisation", "last_login", "password_set_at", "must_change_password"),
            *("password_cell", "groups_cell", "bindings_cell"),
        )

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_form(
            request, obj, **({"form": forms.ModelForm} if obj else {}), **kwargs
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is not None:
            return (
                *("login", "organisation", "full_name", "email", "is_active", "last_login"),
                *("password_set_at", "must_change_password"),
                *(("password_cell",) if self.may(request, "change") else ()),
                *("groups_cell", "bindings_cell"),
            )
        return ("login", "password", "full_name", "email", "must_change_password")

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        found: Any = super().get_object(request, object_id, from_field)
        if found is not None:
            models = [
                model
                for model in (Group, RoleBinding)
                if admin.site._registry[model].has_view_permission(request)
            ]
            found.opened = {model._meta.model_name for model in models}
        return found

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> User:
        user: Any = request.user
        login = str(fields["login"])
        # Without an organisation they would be a platform administrator.
        organisation = user.organisation
        if is_platform_administrator(request):
            organisation = _organisation_in(user, login)
        elif "/" not in login:
            login = f"{organisation.name}/{login}"
        row = {**fields, "login": login, "organisation": organisation}
        return people.create_user(actor=actor_of(request), **row)

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        refuse_power_over(by(request), row)
        people.change_user(row, actor=actor_of(request), **fields)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # Sessions, tokens and bindings go with their user: that needs no right of its own.
        going, counts, _, protected = super().get_deleted_objects(objs, request)
        return going, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        refuse_power_over(by(request), obj)
        people.delete_user(obj, actor=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            refuse_power_over(by(request), user)
        for user in queryset:
            people.delete_user(user, actor=actor_of(request))

    @display(description="is", label={"platform administrator": "warning", "user": "info"})
    def kind(self, row: User) -> str:
        """Platform administrator or user of an organisation."""
        return "platform administrator" if row.is_platform_administrator else "user"

    @display(description="password")
    def password_cell(self, row: User) -> str:
        """Where it is set."""
        page = reverse("user-password", args=[row.pk])
        return format_html('<a class="v-link" href="{}">Set the password</a>', page)

    @display(description="in the groups")
    def groups_cell(self, row: User) -> str:
        """With links."""
        groups = [(_named(row, group, group.name),) for group in row.member_of.all()]
        return format_html_join(", ", "{}", groups) or "none"

    @display(description="may do this")
    def bindings_cell(self, row: User) -> str:
        """Each role with where it is given, by themselves or by a group, and a link to why."""
        lines = [
            (_named(row, binding, binding.role_name), _given(binding))
            for binding in bindings_of(row)
        ]
        ask = f"{reverse('access')}?{urlencode({'user': row.login})}"
        asked = format_html('<a class="v-link" href="{}">all of it, and why</a>', ask)
        if row.is_platform_administrator:
            return "everything: a platform administrator"
        if not lines:
            return format_html("nothing; {}", asked)
        listed = format_html_join("", "<li>{} {}</li>", lines)
        return format_html("<ul>{}</ul>{}", listed, asked)

    joined = moment_column("joined_at", "joined")
