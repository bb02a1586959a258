"""What the Lifter's lists share: rows that lie with the organisations, and who asks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.authorisation import authority_of, require
from tenants.domain.authority import Authority, Target
from tenants.models import Environment, Organisation, User
from tenants.services.namespaces import set_secrets
from vamp.adminsite.scoped import ScopedRelatedFilter
from vamp.adminsite.service import ServiceAdmin

STORES = (
    *("kv_url", "secret_kv"),
    *("metrics_url", "secret_metrics"),
    *("events_url", "secret_events"),
)
"""Fields of the stores that an organisation or an environment may have of its own."""


URLS = ("kv_url", "metrics_url", "events_url")


def by(request: HttpRequest) -> Authority:
    """Return all that the person may do."""
    user: Any = request.user
    return authority_of(user)


def keep_secrets(
    request: HttpRequest, row: Organisation | Environment, secrets: Mapping[str, str]
) -> None:
    """Write what the form's secret fields were given.

    Raises:
        NotAllowed: the person may not.
    """
    if secrets:
        user: Any = request.user
        place = row.name if isinstance(row, Environment) else ""
        require(user, "secret.change", Target(place))
        set_secrets(row, secrets, actor=actor_of(request))


def person_of(request: HttpRequest) -> User:
    """Return who asks; no screen is shown to nobody."""
    return cast("User", request.user)


def actor_of(request: HttpRequest) -> str:
    """Return the login of the person who asks, as the audit trail names them."""
    return request.user.get_username()


class TenantAdmin(ServiceAdmin):
    """Rows that lie with the organisations, narrowed by who asks."""

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(request.user)
        return rows


class OfOrganisationAdmin(TenantAdmin):
    """Rows of the organisation that the person may look after; subclasses give `remove`."""

    list_filter: ClassVar[Any] = (("organisation", ScopedRelatedFilter),)
    list_select_related: ClassVar[Any] = ("organisation",)

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        user: Any = request.user
        rows = self.model._default_manager.all()
        if user.is_active and user.is_platform_administrator:
            return rows
        return rows.filter(organisation_id=user.organisation_id or 0)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "create")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("organisation", "name") if obj else ()

    @abstractmethod
    def remove(self, request: HttpRequest, row: Any) -> None:
        """Delete `row` through its service."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.remove(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        user: Any = request.user
        return {**super().get_changeform_initial_data(request), "organisation": user.organisation}
