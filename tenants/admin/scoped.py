"""What the Lifter's lists share: rows that lie with the organisations, and who asks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from vamp.adminsite import ServiceAdmin

STORES = (
    *("kv_url", "secret_kv"),
    *("metrics_url", "secret_metrics"),
    *("events_url", "secret_events"),
)
"""Fields of the stores that an organisation or an environment may have of its own."""


def actor_of(request: HttpRequest) -> str:
    """Return the login of the person who asks, as the audit trail names them."""
    return request.user.get_username()


class TenantAdmin(ServiceAdmin):
    """Rows that lie with the organisations, narrowed by who asks."""

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(request.user)
        return rows
