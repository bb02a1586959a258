"""Reading the trail of a tenant, which may lie in several databases, as if it were one list."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeAlias, overload

from django.db.models import Q, QuerySet

from vamp.audit.searching import MOST_SEARCHED, holding
from vamp.errors import Fault, Invalid
from vamp.models.audit import AuditEntry

DEEPEST = 20_000
"""Entries that a list over several databases goes down; beyond, it has to be narrowed by time."""

READ = 500
"""Rows read at once by `Trail.each`; all that is held."""

_Key: TypeAlias = tuple[datetime, str, int]
_Hit: TypeAlias = tuple[datetime, str, int, bool]


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


class Trail:
    """The entries of one organisation, newest first. A page of it may be sliced out.

    A search for words goes back to `searched_back_to`; `each` reads everything.

    Args:
        databases: in which they lie.
        organisation: name; empty for entries of no organisation.
        wanted: which of them.
    """

    def __init__(self, databases: Sequence[str], organisation: str, wanted: Wanted) -> None:
        self._databases = tuple(dict.fromkeys(databases))
        self._wanted = wanted
        self._own = {
            database: AuditEntry.objects.using(database).filter(organisation=organisation)
            for database in self._databases
        }
        self._rows = {database: wanted.narrowed(rows) for database, rows in self._own.items()}

    @cached_property
    def searched_back_to(self) -> datetime | None:
        """When the last entry was written that a search leaves out; None where it reads all.

        One query a database where words are looked for, over an index.
        """
        if not self._wanted.q.split():
            return None
        ends: list[datetime] = []
        for rows in self._own.values():
            newest = self._wanted.spanned(rows).order_by("-at").values_list("at", flat=True)
            ends += newest[MOST_SEARCHED : MOST_SEARCHED + 1]
        return max(ends, default=None)

    @cached_property
    def _hits(self) -> Sequence[_Hit] | None:
        """What a search for words found, newest first; None where none are looked for.

        Read once: to count, to page and to look for what is not sealed would each read it all.
        """
        if not self._wanted.q.split():
            return None
        end = self.searched_back_to
        hits: list[_Hit] = []
        for database, rows in self._rows.items():
            near = rows if end is None else rows.filter(at__gt=end)
            found = near.order_by().values_list("at", "pk", "position")
            hits += [(at, database, pk, position is not None) for at, pk, position in found]
        return sorted(hits, reverse=True)

    def count(self) -> int:
        """Return how many there are. One query a database, once."""
        return sum(self._counts) if self._hits is None else len(self._hits)

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
        if self._hits is not None:
            return self._fetched([(database, pk) for _, database, pk, _ in self._hits[start:stop]])
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
        if self._hits is not None:
            return sum(not is_sealed for *_, is_sealed in self._hits)
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
