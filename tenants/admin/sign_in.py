"""Screens of how people sign in: sessions, locks, what is asked of them, single sign-on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from tenants.models import (
    IdentityProvider,
    Organisation,
    SignInFailures,
    SignInPolicy,
    UserSession,
)
from tenants.services import lockout, second_factor, sessions, single_sign_on
from tenants.services.namespaces import set_secret
from vamp.admin_columns import moment_column
from vamp.adminsite.asking import is_platform_administrator
from vamp.adminsite.inputs import SecretInput, TextArea
from vamp.adminsite.lists import EmptyState, display
from vamp.adminsite.scoped import ScopedRelatedFilter
from vamp.adminsite.service import ServiceAdmin
from vamp.errors import Fault, Invalid
from vamp.pages.browsers import browser_name

SEPARATOR = "->"

# allauth's own screens know of no tenants: everybody would see everybody's.
for _model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(_model)


def _actor(request: HttpRequest) -> str:
    return request.user.get_username()


class SignInAdmin(ServiceAdmin):
    """Rows that say how people sign in, for whoever has the rights that the API asks for too."""

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(request.user)
        return rows


class EndedByDeleting(SignInAdmin):
    """Rows that are not changed, only ended."""

    right_kind = "session"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete")

    @abstractmethod
    def end(self, request: HttpRequest, row: Any) -> None:
        """End what the row stands for."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.end(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.end(request, row)


@admin.register(UserSession)
class UserSessionAdmin(EndedByDeleting):
    """Where people are signed in. To delete one is to sign its browser out."""

    list_display = ("person", "browser_words", "address", "since_moment", "seen")
    list_filter = (("user", ScopedRelatedFilter),)
    list_select_related = ("user__organisation",)
    search_fields = ("user__login", "address", "browser")
    fields = ("user", "address", "browser", "since", "seen_at", "expire_date")
    empty_state = EmptyState(
        "Nobody is signed in", "Sessions of the screens appear here; tokens have a list of theirs."
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return super().rows(request).filter(expire_date__gt=timezone.now())

    def end(self, request: HttpRequest, row: UserSession) -> None:
        sessions.end_session(row, actor=_actor(request))

    @display(description="user", ordering="user__login")
    def person(self, row: UserSession) -> str:
        """The login."""
        return str(row.user)

    @display(description="browser", ordering="browser")
    def browser_words(self, row: UserSession) -> str:
        """In words."""
        return browser_name(row.browser)

    since_moment = moment_column("since", "since")
    seen = moment_column("seen_at", "last seen")


@admin.register(SignInFailures)
class SignInFailuresAdmin(EndedByDeleting):
    """Failed sign-ins, and what is locked for them. To delete one is to lift it."""

    list_display = ("subject", "address", "failures", "state", "last")
    search_fields = ("subject", "address")
    list_select_related = ("organisation",)
    fields = ("subject", "address", "failures", "first_at", "last_at", "organisation")
    empty_state = EmptyState(
        "Nobody is locked out",
        "Sign-ins that failed in the last quarter of an hour are listed here.",
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return super().rows(request).filter(last_at__gte=timezone.now() - lockout.COOL_OFF)

    def end(self, request: HttpRequest, row: SignInFailures) -> None:
        lockout.lift(row, actor=_actor(request))

    @display(description="is", label={"locked": "danger", "counted": "info"})
    def state(self, row: SignInFailures) -> str:
        """Locked, or counted only."""
        return "locked" if row.failures >= lockout.PAIR_LIMIT else "counted"

    last = moment_column("last_at", "last")


class ChosenOrganisation(SignInAdmin):
    """One row an organisation, which is chosen when it is made and stays."""

    right_kind = "organisation"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        user: Any = request.user
        return {**super().get_changeform_initial_data(request), "organisation": user.organisation}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("organisation",) if obj else ()


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Of whom a second factor is asked."""

    class Meta:
        model = SignInPolicy
        fields = ("organisation", "second_factor", "grace_days")


@admin.register(SignInPolicy)
class SignInPolicyAdmin(ChosenOrganisation):
    """Of whom each organisation asks a second factor, and whether platform administrators need one."""

    form = PolicyForm
    list_display = ("whose", "second_factor", "grace_days", "required_since")
    list_select_related = ("organisation",)
    search_fields = ("organisation__name",)
    fields = ("organisation", "second_factor", "grace_days")
    empty_state = EmptyState(
        "Nobody is asked for a second factor", "People may set one up of their own accord."
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "change")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change")

    def get_form(self, request: HttpRequest, *args: Any, **more: Any) -> Any:
        form = super().get_form(request, *args, **more)
        field: Any = form.base_fields.get("organisation")
        if field is not None:
            # Left empty it is of platform administrators, and theirs to say.
            field.required = not is_platform_administrator(request)
            field.empty_label = "-" if field.required else "Platform administrators"
        return form

    @display(description="of")
    def whose(self, row: SignInPolicy) -> str:
        """The organisation, or platform administrators."""
        return row.whose

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> SignInPolicy:
        return self._set(request, fields["organisation"], fields)

    def change(self, request: HttpRequest, row: SignInPolicy, fields: Mapping[str, Any]) -> None:
        whole = {"second_factor": row.second_factor, "grace_days": row.grace_days, **fields}
        self._set(request, row.organisation, whole)

    @staticmethod
    def _set(
        request: HttpRequest, organisation: Organisation | None, fields: Mapping[str, Any]
    ) -> SignInPolicy:
        return second_factor.set_policy(
            organisation, second_factor=fields["second_factor"], grace_days=fields["grace_days"],
            actor=_actor(request),
        )  # fmt: skip


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """An identity provider, with its client's secret and the mapping of its groups."""

    groups = forms.CharField(
        required=False,
        widget=TextArea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="One a line: the provider's group -> the group that its members join here.",
    )
    secret_sso = forms.CharField(
        label="Client secret",
        required=False,
        widget=SecretInput(attrs={"rows": 1, "autocomplete": "off", "spellcheck": "false"}),
        help_text="Written and never shown; what is left empty stays as it is.",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if self.instance.pk is not None:
            rows = self.instance.organisation.sso_groups.all()
            self.initial["groups"] = "\n".join(
                f"{each.claim_value} {SEPARATOR} {each.group_name}" for each in rows
            )

    class Meta:
        model = IdentityProvider
        fields = (
            "organisation", "title", "issuer", "client_id", "login_claim", "groups_claim", "makes_users",
            "takes_over_users", "is_enabled",
        )  # fmt: skip


OF_PROVIDER = tuple(name for name in ProviderForm.Meta.fields if name != "organisation")


@admin.register(IdentityProvider)
class IdentityProviderAdmin(ChosenOrganisation):
    """By which OpenID Connect provider the people of each organisation sign in."""

    form = ProviderForm
    list_display = ("organisation", "title", "issuer", "is_enabled")
    list_select_related = ("organisation",)
    search_fields = ("organisation__name", "title", "issuer")
    fieldsets = (
        (None, {"fields": ("organisation", "title", "issuer", "client_id", "secret_sso",
                           "is_enabled")}),
        ("People", {"fields": ("login_claim", "makes_users", "takes_over_users")}),
        ("Groups", {"fields": ("groups_claim", "groups")}),
    )  # fmt: skip
    empty_state = EmptyState(
        "There is no single sign-on yet",
        "Register Vamp at the provider with the redirect URL"
        " https://<here>/admin/single-sign-on/<organisation>/return/, then add it here.",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_platform_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_platform_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_platform_administrator(request)

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> IdentityProvider:
        return self._set(request, fields["organisation"], fields)

    def change(
        self, request: HttpRequest, row: IdentityProvider, fields: Mapping[str, Any]
    ) -> None:
        held = {name: getattr(row, name) for name in OF_PROVIDER}
        rows = row.organisation.sso_groups.all()
        lines = "\n".join(f"{each.claim_value} {SEPARATOR} {each.group_name}" for each in rows)
        self._set(request, row.organisation, {**held, "groups": lines, **fields})

    def delete_model(self, request: HttpRequest, obj: IdentityProvider) -> None:
        single_sign_on.remove_provider(obj.organisation, actor=_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset.select_related("organisation"):
            single_sign_on.remove_provider(row.organisation, actor=_actor(request))

    @staticmethod
    def _set(
        request: HttpRequest, organisation: Organisation, fields: Mapping[str, Any]
    ) -> IdentityProvider:
        row = {name: fields[name] for name in OF_PROVIDER}
        groups = _mappings(fields.get("groups", ""))
        provider = single_sign_on.set_provider(
            organisation, groups=groups, actor=_actor(request), **row
        )
        if secret := fields.get("secret_sso"):
            set_secret(organisation, "sso", secret, actor=_actor(request))
        return provider


def _mappings(text: str) -> list[tuple[str, str]]:
    """Return the mappings of a form's lines.

    Raises:
        Invalid: a line has no arrow; every such line is told.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    faults = [
        Fault("/groups", f"“{line[:63]}” has no {SEPARATOR}", "write: claim -> group")
        for line in lines
        if SEPARATOR not in line
    ]
    if faults:
        raise Invalid(faults=faults)
    parts = (line.rpartition(SEPARATOR) for line in lines)
    return [(claim.strip(), group.strip()) for claim, _, group in parts]
