"""People who may log in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from tenants.admin.scoped import TenantAdmin, actor_of
from tenants.models import User
from tenants.services import people
from vamp.adminsite import (
    EmptyState,
    PasswordInput,
    ScopedRelatedFilter,
    display,
    is_platform_administrator,
)
from vamp.templatetags.vamp_pages import moment

# Django's groups belong to no organisation: on the screens they would be everybody's.
admin.site.unregister(Group)


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new person. The service checks login and password together."""

    password = forms.CharField(
        widget=PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least ten characters, not a common word.",
    )

    def _post_clean(self) -> None:
        # The service checks the row as a whole, once it knows the organisation.
        return

    class Meta:
        model = User
        fields = ("login", "password", "organisation", "full_name", "email")
        help_texts = {"login": "organisation/user; just user for a platform administrator."}


@admin.register(User)
class UserAdmin(TenantAdmin):
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
            return ("login", "organisation", "full_name", "email", "is_active", "last_login")
        return ("login", "password", "organisation", "full_name", "email")

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> User:
        return people.create_user(actor=actor_of(request), **fields)

    @display(description="is", label={"platform administrator": "warning", "user": "info"})
    def kind(self, row: User) -> str:
        """Platform administrator or user of an organisation."""
        return "platform administrator" if row.is_platform_administrator else "user"

    @display(description="joined", ordering="joined_at")
    def joined(self, row: User) -> str:
        """Relative, with the exact time on hover."""
        return moment(row.joined_at)
