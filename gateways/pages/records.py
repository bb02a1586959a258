"""What happened lately, and who did it, beside the thing that it happened to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db.models import QuerySet

from tenants.history import first_of
from tenants.models import Environment
from vamp.models import AuditEntry, OutboxEvent

SHOWN: Final = 8
LOOKED_AT: Final = 300
"""Newest events among which those of one gateway are looked for; payloads have no index. Newest
entries of a name among which those of one environment are."""


def recent_events(
    environment: Environment, *, gateway: str = "", shown: int = SHOWN
) -> Sequence[OutboxEvent]:
    """Return the newest events, of one gateway if it is named. One query a database."""

    def rows(database: str) -> QuerySet[OutboxEvent]:
        return (
            OutboxEvent.objects.using(database)
            .filter(organisation=environment.organisation.name, environment=environment.name)
            .order_by("-emitted_at", "-id")
        )

    looked_at = LOOKED_AT if gateway else shown
    found = first_of(environment, rows, looked_at, lambda row: row.emitted_at, is_reversed=True)
    return [row for row in found if not gateway or _concerns(row, gateway)][:shown]


def _concerns(row: OutboxEvent, gateway: str) -> bool:
    several = row.payload.get("gateways")
    return row.payload.get("gateway") == gateway or (
        isinstance(several, dict | list) and gateway in several
    )


def recent_audit(environment: Environment, name: str) -> Sequence[AuditEntry]:
    """Return the newest audit entries of what is called `name`. Two queries a database.

    Looked for among the newest `LOOKED_AT` of that name in the organisation, which an index finds.
    """

    def rows(database: str) -> QuerySet[AuditEntry]:
        named = AuditEntry.objects.using(database).filter(
            organisation=environment.organisation.name, name=name
        )
        newest = named.order_by("-at", "-id").values_list("pk", "environment")[:LOOKED_AT]
        mine = [pk for pk, where in newest if where == environment.name][:SHOWN]
        return AuditEntry.objects.using(database).filter(pk__in=mine).order_by("-at", "-id")

    return first_of(environment, rows, SHOWN, lambda row: row.at, is_reversed=True)
