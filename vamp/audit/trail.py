"""Reading the trail of a tenant, which may lie in several databases, as if it were one list."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeAlias, overload

from django.db.models import Q, QuerySet

from vamp.errors import Fault, Invalid
from vamp.models.audit import AuditEntry

DEEPEST = 20_000
"""Entries that a list over several databases goes down; beyond, it has to be narrowed by time."""

READ = 500
"""Rows read at once by `Trail.each`; all that is held."""

_SEARCHED = ("actor", "verb", "kind", "name", "token", "request_id", "source_address")

_Key: TypeAlias = tuple[datetime, str, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; all that is given must hold.

    Attributes:
        environment: None for every environment of the organisation and what is its own.
        since: not before this; until: before this.
        q: occurs in actor, verb, kind, name, token, request id or source address.
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
        rows = rows.filter(**exact)
        if self.environment is not None:
            rows = rows.filter(environment=self.environment)
        if self.since is not None:
            rows = rows.filter(at__gte=self.since)
        if self.until is not None:
            rows = rows.filter(at__lt=self.until)
        for word in self.q.split():
            found = Q()
            for field in _SEARCHED:
                found |= Q(**{f"{field}__icontains": word})
            rows = rows.filter(found)
        return rows

    def said(self) -> dict[str, str]:
        """Return what was asked for, as text, for the entry that an export leaves."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name, value in found.items()
            if value not in (None, "")
        }


class Trail:
    """The entries of one organisation, newest first. A page of it may be sliced out.

    Args:
        databases: in which they lie.
        organisation: name; empty for entries of no organisation.
        wanted: which of them.
    """

    def __init__(self, databases: Sequence[str], organisation: str, wanted: Wanted) -> None:
        self._databases = tuple(dict.fromkeys(databases))
        self._rows = {
            database: wanted.narrowed(
                AuditEntry.objects.using(database).filter(organisation=organisation)
            )
            for database in self._databases
        }

    def count(self) -> int:
        """Return how many there are. One query a database, once."""
        return sum(self._counts)

    def __len__(self) -> int:
        return self.count()

    @cached_property
    def _counts(self) -> Sequence[int]:
        return [rows.count() for rows in self._rows.values()]

    @overload
    def __getitem__(self, wanted: slice) -> list[AuditEntry]: ...
    @overload
    def __getitem__(self, wanted: int) -> AuditEntry: ...
    def __getitem__(self, wanted: slice | int) -> list[AuditEntry] | AuditEntry:
        """Return a page, newest first. Two queries a database, one where there is only one.

        Raises:
            Invalid: it lies deeper than `DEEPEST`, over several databases.
        """
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        start, stop = wanted.start or 0, wanted.stop
        if stop is None:
            stop = self.count()
        if len(self._databases) == 1:
            return list(self._newest(self._databases[0])[start:stop])
        if stop > DEEPEST:
            hint = "narrow it with until= to the time of the last entry that was read, or export it"
            message = f"a list over several databases ends after {DEEPEST} entries"
            raise Invalid(faults=[Fault("/page", message, hint)])
        return self._fetched(self._keys(stop)[start:stop])

    def get(self, database: str, pk: int) -> AuditEntry | None:
        """Return one entry; None where it is not in this trail. One query."""
        rows = self._rows.get(database)
        return rows.filter(pk=pk).first() if rows is not None else None

    def unsealed(self) -> int:
        """Return how many of them are not sealed yet. One query a database."""
        return sum(rows.filter(position=None).count() for rows in self._rows.values())

    def each(self) -> Iterator[AuditEntry]:
        """Yield every entry, oldest first, in constant memory: one query for every `READ`."""
        streams = [self._stream(database) for database in self._databases]
        for _, row in heapq.merge(*streams, key=lambda pair: pair[0]):
            yield row

    def _newest(self, database: str) -> QuerySet[AuditEntry]:
        return self._rows[database].order_by("-at", "-id")

    def _keys(self, count: int) -> list[tuple[str, int]]:
        """Return database and id of the newest `count`, newest first."""
        keys: list[_Key] = []
        for database in self._databases:
            found = self._newest(database).values_list("at", "pk")[:count]
            keys += [(at, database, pk) for at, pk in found]
        keys.sort(reverse=True)
        return [(database, pk) for _, database, pk in keys[:count]]

    def _fetched(self, keys: Sequence[tuple[str, int]]) -> list[AuditEntry]:
        rows: dict[tuple[str, int], AuditEntry] = {}
        for database in self._databases:
            mine = [pk for name, pk in keys if name == database]
            if mine:
                found = AuditEntry.objects.using(database).in_bulk(mine)
                rows |= {(database, pk): row for pk, row in found.items()}
        return [rows[key] for key in keys if key in rows]

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
