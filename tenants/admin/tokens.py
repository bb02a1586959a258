"""Tokens of people and of agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from tenants.admin.scoped import TenantAdmin, actor_of
from tenants.models import ApiToken
from tenants.services import people
from vamp.adminsite import (
    EmptyState,
    ScopedRelatedFilter,
    display,
    is_platform_administrator,
)
from vamp.templatetags.vamp_pages import moment


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
        token, text = people.create_token(actor=actor_of(request), **fields)
        messages.warning(request, f"Copy the token now, it is not shown again: {text}")
        return token

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        people.revoke_token(obj, actor=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            people.revoke_token(token, actor=actor_of(request))

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
