"""Reading the trail of a tenant, which may lie in several databases, as if it were one list."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.db.models import Q, QuerySet

from vamp.audit.leading import compared, led
from vamp.audit.searching import holding
from vamp.merged import COMPARE_S, DEEPEST, SEARCH_S, Merged
from vamp.models.audit import AuditEntry

READ = 1_000
"""Entries that `Trail.each` goes through at once; all that is held."""

_Key: TypeAlias = tuple[datetime, str, int]
_Place: TypeAlias = tuple[datetime, int]


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

    def exact(self) -> dict[str, str]:
        """Return field → the value that it must have."""
        names = ("actor", "verb", "kind", "name", "token", "request_id", "source_address")
        found = {name: value for name in names if (value := getattr(self, name))}
        return found if self.environment is None else {**found, "environment": self.environment}

    def spanned(self, rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Return those of `rows` that are of the time that is wanted."""
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

    The list goes back to `goes_back_to`; `each` reads everything. Where several fields are asked
    for, one query for each is made at once: see `vamp.audit.leading`.

    Args:
        databases: in which they lie.
        organisation: name; empty for entries of no organisation.
        wanted: which of them.
    """

    def __init__(self, databases: Sequence[str], organisation: str, wanted: Wanted) -> None:
        self._databases = tuple(dict.fromkeys(databases))
        self._organisation = organisation
        self._wanted = wanted
        self._words = wanted.q.split()
        exact = wanted.exact()
        self._led = {
            database: led(wanted.spanned(_entries(database, organisation=organisation)), exact)
            for database in self._databases
        }
        searched = {database: each.rows for database, each in self._led.items()}
        super().__init__(
            {
                database: holding(compared(each.rows, each.left), self._words)
                for database, each in self._led.items()
            },
            "at",
            searched if self._is_searched else None,
            within_s=SEARCH_S if self._words else COMPARE_S,
        )

    @property
    def _is_searched(self) -> bool:
        """Tell whether entries are to be read to find those that are wanted."""
        return bool(self._words) or any(each.left for each in self._led.values())

    def get(self, database: str, pk: int) -> AuditEntry | None:
        """Return one entry; None where it is not in this trail. One query."""
        rows = self._rows.get(database)
        return rows.filter(pk=pk).first() if rows is not None else None

    def unsealed(self) -> int:
        """Return how many of them are not sealed yet, up to `vamp.merged.DEEPEST`.

        One query a database, of the entries that wait, which are few.
        """
        exact = {"organisation": self._organisation, **self._wanted.exact()}
        total = 0
        for database in self._databases:
            waiting = compared(self._wanted.spanned(_entries(database, position=None)), exact)
            near = self._span(holding(waiting, self._words), self.goes_back_to, None)
            total += near.order_by()[:DEEPEST].count()
        return total

    def each(self) -> Iterator[AuditEntry]:
        """Yield every entry, oldest first, in constant memory.

        Cost: two queries for every `READ` that an index leads to, however many there are.
        """
        streams = [self._stream(database) for database in self._databases]
        for _, row in heapq.merge(*streams, key=lambda pair: pair[0]):
            yield row

    def _stream(self, database: str) -> Iterator[tuple[_Key, AuditEntry]]:
        after: _Place | None = None
        while True:
            last = self._end_of_window(database, after)
            rows = _between(self._rows[database], after, last).order_by("at", "id")
            for row in rows:
                yield (row.at, database, row.pk), row
            if last is None:
                return
            after = last

    def _end_of_window(self, database: str, after: _Place | None) -> _Place | None:
        """Return the place up to which an index leads through `READ` entries; None at the end."""
        rows = _between(self._led[database].rows, after, None).order_by("at", "id")
        return next(iter(rows.values_list("at", "pk")[READ - 1 : READ]), None)


def _entries(database: str, **narrowed: object) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.using(database).filter(**narrowed)


def _between(
    rows: QuerySet[AuditEntry], after: _Place | None, last: _Place | None
) -> QuerySet[AuditEntry]:
    """Return those of `rows` behind one place, up to and with another, in order of time and id."""
    if after is not None:
        # The first is there for the index: it does not see through the second.
        rows = rows.filter(at__gte=after[0])
        rows = rows.filter(Q(at__gt=after[0]) | Q(pk__gt=after[1]))
    if last is not None:
        rows = rows.filter(at__lte=last[0])
        rows = rows.filter(Q(at__lt=last[0]) | Q(pk__lte=last[1]))
    return rows
