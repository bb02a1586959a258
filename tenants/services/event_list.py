"""The events of a tenant, which may lie in several databases, as one list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from tenants.models import Organisation
from tenants.services.audit_trail import databases_of
from vamp.audit.searching import holding
from vamp.merged import Merged
from vamp.models import OutboxEvent

SEARCHED = ("subject", "payload")


@dataclass(frozen=True, slots=True)
class EventsWanted:
    """Which events; all that is given must hold.

    Attributes:
        environment: None for every environment of the organisation and what is its own.
        since: not before this; until: before this.
        q: words, each of which occurs in the subject or the payload.
    """

    environment: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""

    def spanned(self, rows: QuerySet[OutboxEvent]) -> QuerySet[OutboxEvent]:
        """Return those of the environment and the time that are wanted, which an index finds."""
        if self.environment is not None:
            rows = rows.filter(environment=self.environment)
        if self.since is not None:
            rows = rows.filter(emitted_at__gte=self.since)
        if self.until is not None:
            rows = rows.filter(emitted_at__lt=self.until)
        return rows


def events_of(organisation: Organisation, wanted: EventsWanted) -> Merged[OutboxEvent]:
    """Return the events of an organisation with all of its environments, newest first.

    Cost: two queries, and what `vamp.merged.Merged` says.
    """
    spanned = {
        database: wanted.spanned(
            OutboxEvent.objects.using(database).filter(organisation=organisation.name)
        )
        for database in databases_of(organisation)
    }
    words = wanted.q.split()
    rows = {database: holding(each, words, SEARCHED) for database, each in spanned.items()}
    return Merged(rows, "emitted_at", spanned if words else None)
