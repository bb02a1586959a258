"""Reading the trail of a tenant, which may lie in several databases, as if it were one list."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.db.models import Q, QuerySet

from vamp.audit.searching import holding
from vamp.merged import Merged
from vamp.models.audit import AuditEntry

READ = 500
"""Rows read at once by `Trail.each`; all that is held."""

_Key: TypeAlias = tuple[datetime, str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; all that is given must hold.

    Attributes:
        environment: None for every environment of the organisation and what is its own.
        since: not before this; until: before this.
        q: words, each of which occurs somewhere in the entry; see `vamp.audit.searching`.
        others: exact.
    """

    environment: str | None = None
    actor: str = ""
    verb: str = ""
    kind: str = ""
    name: str = ""
    token: str = ""
    request_id: str = ""
    source_address: str = ""
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""

    def narrowed(self, rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Return those of `rows` that are wanted."""
        names = ("actor", "verb", "kind", "name", "token", "request_id", "source_address")
        exact = {name: value for name in names if (value := getattr(self, name))}
        return holding(self.spanned(rows).filter(**exact), self.q.split())

    def spanned(self, rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Return those of the environment and the time that are wanted, which an index finds."""
        if self.environment is not None:
            rows = rows.filter(environment=self.environment)
        if self.since is not None:
            rows = rows.filter(at__gte=self.since)
        if self.until is not None:
            rows = rows.filter(at__lt=self.until)
        return rows

    def said(self) -> dict[str, str]:
        """Return what was asked for, as text, for the entry that an export leaves."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name, value in found.items()
            if value not in (None, "")
        }


class Trail(Merged[AuditEntry]):
    """The entries of one organisation, newest first. A page of it may be sliced out.

    A search for words goes back to `searched_back_to`; `each` reads everything.

    Args:
        databases: in which they lie.
        organisation: name; empty for entries of no organisation.
        wanted: which of them.
    """

    def __init__(self, databases: Sequence[str], organisation: str, wanted: Wanted) -> None:
        self._databases = tuple(dict.fromkeys(databases))
        own = {
            database: AuditEntry.objects.using(database).filter(organisation=organisation)
            for database in self._databases
        }
        words = wanted.q.split()
        super().__init__(
            {database: wanted.narrowed(rows) for database, rows in own.items()},
            "at",
            {database: wanted.spanned(rows) for database, rows in own.items()} if words else None,
        )

    def get(self, database: str, pk: int) -> AuditEntry | None:
        """Return one entry; None where it is not in this trail. One query."""
        rows = self._rows.get(database)
        return rows.filter(pk=pk).first() if rows is not None else None

    def unsealed(self) -> int:
        """Return how many of them are not sealed yet. One query a database: they are few."""
        end = self.searched_back_to
        waiting = [rows.filter(position=None) for rows in self._rows.values()]
        near = waiting if end is None else [rows.filter(at__gt=end) for rows in waiting]
        return sum(rows.count() for rows in near)

    def each(self) -> Iterator[AuditEntry]:
        """Yield every entry, oldest first, in constant memory: one query for every `READ`."""
        streams = [self._stream(database) for database in self._databases]
        for _, row in heapq.merge(*streams, key=lambda pair: pair[0]):
            yield row

    def _stream(self, database: str) -> Iterator[tuple[_Key, AuditEntry]]:
        rows = self._rows[database].order_by("at", "id")
        after: tuple[datetime, int] | None = None
        while True:
            here = rows
            if after is not None:
                at, pk = after
                here = rows.filter(Q(at__gt=at) | Q(at=at, pk__gt=pk))
            chunk = list(here[:READ])
            for row in chunk:
                yield (row.at, database, row.pk), row
            if len(chunk) < READ:
                return
            after = (chunk[-1].at, chunk[-1].pk)
