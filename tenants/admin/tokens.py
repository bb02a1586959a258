"""Tokens of people and of agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from tenants.admin.rights import RightsField
from tenants.admin.scoped import TenantAdmin, actor_of, person_of
from tenants.authorisation import require
from tenants.domain.authority import ORGANISATION, Target
from tenants.models import ApiToken, Organisation
from tenants.services import tokens
from tenants.services.token_rights import REVOKE, may_touch, refuse_touch
from vamp.admin_columns import moment_column
from vamp.adminsite.asking import environment_of, is_platform_administrator
from vamp.adminsite.inputs import CheckBox
from vamp.adminsite.lists import EmptyState, display
from vamp.adminsite.scoped import ScopedRelatedFilter
from vamp.templatetags.vamp_pages import moment


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """A token; neither a user nor agents make it a service's."""

    rights = RightsField(
        required=False,
        help_text="Of all that the user may do only this; nothing ticked: all. Not for agents.",
    )
    is_service = forms.BooleanField(
        required=False,
        widget=CheckBox(),
        label="A service's own",
        help_text="It stands for itself: role bindings of the token say what it may do.",
    )

    def _post_clean(self) -> None:
        # The service checks the whole.
        return

    class Meta:
        model = ApiToken
        fields = ("name", "user", "agent_of", "rights", "environment", "expires_at")
        labels = {"agent_of": "Agents of", "environment": "Only in"}
        help_texts = {
            "user": "It acts as this user.",
            "agent_of": "It opens the doors of this environment's agents, and no others.",
            "environment": "Nothing of other environments; empty: no such limit.",
            "expires_at": "Until when; empty for good.",
        }


@admin.register(ApiToken)
class ApiTokenAdmin(TenantAdmin):
    """Tokens: their text is shown once, when they are made."""

    right_kind = "token"
    form = TokenForm
    list_display = ("name", "prefix", "of", "limits", "organisation", "expires", "used")
    list_filter = (("organisation", ScopedRelatedFilter),)
    list_select_related = (
        *("organisation", "user", "agent_of__organisation"),
        "environment__organisation",
    )
    search_fields = ("name", "prefix", "user__login", "agent_of__name")
    empty_state = EmptyState(
        "There is no token yet", "Programs and agents log in with a token. Its text is shown once."
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().rows(request)
        return rows if self.may(request, "view") else rows.filter(user_id=request.user.pk)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active  # of one's own at least

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active  # for oneself at least

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or not request.user.is_active:
            return request.user.is_active
        return may_touch(person_of(request), obj, REVOKE)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            service = ("is_service",) if self.may(request, "create") else ()
            return ("name", "user", "agent_of", *service, "rights", "environment", "expires_at")
        return (
            "name",
            "prefix",
            "of",
            "limits",
            "expires_at",
            "created_at",
            "last_used_at",
            "text",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("of", "limits", "text")

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        offered = super().get_field_queryset(db, db_field, request)
        if db_field.name == "user" and not is_platform_administrator(request):
            # A token acts as its user, so people make them for themselves.
            return offered.filter(Q(pk=request.user.pk))
        return offered

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> ApiToken:
        user: Any = request.user
        environment = fields.get("agent_of")
        if environment is not None:
            require(user, "agent.create", Target(environment.name))
        given = {**fields, "rights": fields.get("rights") or ()}
        if given.pop("is_service", False):
            require(user, "token.create", ORGANISATION)
            given["service_of"] = self._organisation(request)
        token, text = tokens.create_token(actor=actor_of(request), **given)
        messages.warning(request, f"Copy the token now, it is not shown again: {text}")
        return token

    def _organisation(self, request: HttpRequest) -> Organisation | None:
        """Return the person's own; for a platform administrator that of the chosen environment."""
        user: Any = request.user
        chosen = environment_of(request)
        return user.organisation or (chosen.organisation if chosen else None)

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        refuse_touch(person_of(request), obj, REVOKE)
        tokens.revoke_token(obj, actor=actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            self.delete_model(request, token)

    @display(description="stands for")
    def of(self, row: ApiToken) -> str:
        """The user, the agents of an environment, or itself."""
        if row.is_service:
            return "a service"
        return f"agents of {row.agent_of}" if row.agent_of else str(row.user)

    @display(description="only")
    def limits(self, row: ApiToken) -> str:
        """What of its user's rights it passes on, and where."""
        parts = [", ".join(row.rights[:3]) + (" …" if len(row.rights) > 3 else "")]
        parts.append(f"in {row.environment}" if row.environment else "")
        return " ".join(filter(None, parts)) or "no limit"

    @display(description="its text")
    def text(self, row: ApiToken) -> str:
        """A link to give it another, and until when the one before holds."""
        page = reverse("token-rotate", args=[row.pk])
        link = format_html('<a class="v-link" href="{}">Rotate: give it another text</a>', page)
        if row.previous_until is None or row.previous_until <= timezone.now():
            return link
        return format_html("{}; the one before holds until {}", link, moment(row.previous_until))

    expires = moment_column("expires_at", "expires", without="never")
    used = moment_column("last_used_at", "last used", without="never")
