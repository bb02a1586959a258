"""Groups of an organisation's users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from tenants.admin.scoped import OfOrganisationAdmin, actor_of, by
from tenants.models import Group
from tenants.services.groups import change_group, create_group, delete_group
from vamp.adminsite.lists import EmptyState, display


@admin.register(Group)
class GroupAdmin(OfOrganisationAdmin):
    """Users who are given roles together."""

    right_kind = "group"
    list_display = ("name", "title", "organisation", "size", "given")
    search_fields = ("name", "title", "members__login")
    autocomplete_fields = ("members",)
    empty_state = EmptyState(
        "There is no group yet", "Give roles to groups, and put people into them as they come."
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return (
            super()
            .rows(request)
            .annotate(
                member_total=Count("members", distinct=True),
                binding_total=Count("bindings", distinct=True),
            )
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("organisation", "name", "title", "members")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change") and self.may(request, "manage-members")

    def create(self, request: HttpRequest, fields: Mapping[str, Any]) -> Group:
        return create_group(**_named(fields), actor=actor_of(request))

    def change(self, request: HttpRequest, row: Any, fields: Mapping[str, Any]) -> None:
        change_group(row, actor=actor_of(request), authority=by(request), **_named(fields))

    def remove(self, request: HttpRequest, row: Any) -> None:
        delete_group(row, actor=actor_of(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Leave the members to the service, which has set them."""

    @display(description="members", ordering="member_total")
    def size(self, row: Any) -> int:
        """How many there are."""
        return int(row.member_total)

    @display(description="given", ordering="binding_total")
    def given(self, row: Any) -> str:
        """How many roles it is given."""
        many = "" if row.binding_total == 1 else "s"
        return f"{row.binding_total} role{many}" if row.binding_total else "nothing"


def _named(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form's fields with the members by their logins, as the service takes them."""
    found = dict(fields)
    if "members" in found:
        found["members"] = [user.login for user in found["members"]]
    return found
