"""Organisations, environments, people and tokens: the Lifter's lists and forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from tenants import identity_admin as identity_admin  # registers its own
from tenants.forms import EnvironmentForm, OrganisationForm, parted
from tenants.models import ApiToken, Environment, Organisation, User
from tenants.models.environment import Stage
from tenants.services import people, tenancy
from tenants.services.namespaces import set_secrets
from tenants.user_actions import UserActions
from vamp.adminsite import (
    EmptyState,
    PasswordInput,
    ScopedRelatedFilter,
    ServiceAdmin,
    display,
    is_platform_administrator,
)
from vamp.templatetags.vamp_pages import moment

STORES = (
    *("kv_url", "secret_kv"),
    *("metrics_url", "secret_metrics"),
    *("events_url", "secret_events"),
)

# Django's groups belong to no organisation: on the screens they would be everybody's.
admin.site.unregister(Group)

STAGE_COLOURS = {
    Stage.PRODUCTION.label: "danger",
    Stage.ACCEPTANCE.label: "warning",
    Stage.TEST.label: "info",
    Stage.DEVELOPMENT.label: "success",
}


def _actor(request: HttpRequest) -> str:
    return request.user.get_username()


class TenantAdmin(ServiceAdmin):
    """Rows that lie with the organisations, narrowed by who asks."""

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(request.user)
        return rows


@admin.register(Organisation)
class OrganisationAdmin(TenantAdmin):
    """Tenants. Only platform administrators make them."""

    list_display = ("name", "title", "environments_count", "users_count", "created")
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
        made = tenancy.create_organisation(actor=_actor(request), **row)
        set_secrets(made, secrets, actor=_actor(request))
        return made

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        changes, secrets = parted(fields)
        set_secrets(row, secrets, actor=_actor(request))
        if changes:
            tenancy.change_organisation(row, actor=_actor(request), **changes)

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
        made = tenancy.create_environment(actor=_actor(request), **row)
        set_secrets(made, secrets, actor=_actor(request))
        return made

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        changes, secrets = parted(fields)
        set_secrets(row, secrets, actor=_actor(request))
        if changes:
            tenancy.change_environment(row, actor=_actor(request), **changes)

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
        """Switch to it."""
        here = reverse("environment", args=[row.organisation.name, row.name])
        return format_html('<a class="v-link" href="{}">Switch to it</a>', here)


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
        fields = (
            "login", "password", "organisation", "full_name", "email", "must_change_password",
        )  # fmt: skip
        help_texts = {"login": "organisation/user; just user for a platform administrator."}


@admin.register(User)
class UserAdmin(UserActions, TenantAdmin):
    """People who may log in."""

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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_platform_administrator(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is not None:
            return ("login", "organisation", "full_name", "email", "is_active", "last_login",
                    "password_set_at", "must_change_password")  # fmt: skip
        return ("login", "password", "organisation", "full_name", "email", "must_change_password")

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> User:
        return people.create_user(actor=_actor(request), **fields)

    @display(description="is", label={"platform administrator": "warning", "user": "info"})
    def kind(self, row: User) -> str:
        """Platform administrator or user of an organisation."""
        return "platform administrator" if row.is_platform_administrator else "user"

    @display(description="joined", ordering="joined_at")
    def joined(self, row: User) -> str:
        """Relative, with the exact time on hover."""
        return moment(row.joined_at)


@admin.register(ApiToken)
class ApiTokenAdmin(TenantAdmin):
    """Tokens: their text is shown once, when they are made."""

    list_display = ("name", "prefix", "of", "organisation", "expires", "used")
    list_filter = (("organisation", ScopedRelatedFilter),)
    list_select_related = ("organisation", "user", "agent_of__organisation")
    search_fields = ("name", "prefix", "user__login", "agent_of__name")
    empty_state = EmptyState(
        "There is no token yet", "Programs and agents log in with a token. Its text is shown once."
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "user", "agent_of", "expires_at")
        return ("name", "prefix", "user", "agent_of", "created_at", "expires_at", "last_used_at")

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        offered = super().get_field_queryset(db, db_field, request)
        if db_field.name == "user" and not is_platform_administrator(request):
            # A token acts as its user, so people make them for themselves.
            return offered.filter(Q(pk=request.user.pk))
        return offered

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> ApiToken:
        token, text = people.create_token(actor=_actor(request), **fields)
        messages.warning(request, f"Copy the token now, it is not shown again: {text}")
        return token

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        people.revoke_token(obj, actor=_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            people.revoke_token(token, actor=_actor(request))

    @display(description="stands for")
    def of(self, row: ApiToken) -> str:
        """The user, or the agents of an environment."""
        return f"agents of {row.agent_of}" if row.agent_of else str(row.user)

    @display(description="expires", ordering="expires_at")
    def expires(self, row: ApiToken) -> str:
        """Relative, with the exact time on hover."""
        return moment(row.expires_at) if row.expires_at else "never"

    @display(description="last used", ordering="last_used_at")
    def used(self, row: ApiToken) -> str:
        """Relative, with the exact time on hover."""
        return moment(row.last_used_at) if row.last_used_at else "never"
