"""Rows that lie in several databases, read as if they were one list, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Generic, TypeAlias, TypeVar, overload

from django.db.models import Model, QuerySet

from vamp.errors import Fault, Invalid

DEEPEST = 20_000
"""Rows that a list over several databases goes down; beyond, it has to be narrowed by time."""

MOST_SEARCHED = 20_000
"""Rows of one database that a search for words reads."""

Row = TypeVar("Row", bound=Model)

Key: TypeAlias = tuple[datetime, str, int]
"""When, in which database, and the id."""


class Merged(Generic[Row]):
    """A list over several databases, newest first. A page of it may be sliced out.

    Args:
        rows: database → those that are wanted.
        moment: field that says when, which is indexed together with what `rows` are narrowed by.
        searched: for a search, which no index helps: database → the rows, narrowed by indexed
            fields alone, of which the newest `MOST_SEARCHED` are read. None for any other list.
    """

    def __init__(
        self,
        rows: Mapping[str, QuerySet[Row]],
        moment: str,
        searched: Mapping[str, QuerySet[Row]] | None = None,
    ) -> None:
        self._rows = rows
        self._moment = moment
        self._searched = searched

    @cached_property
    def searched_back_to(self) -> datetime | None:
        """When the last row was written that a search leaves out; None where it reads all.

        For a search one query a database, over an index.
        """
        ends: list[datetime] = []
        for rows in (self._searched or {}).values():
            newest = rows.order_by(f"-{self._moment}").values_list(self._moment, flat=True)
            ends += newest[MOST_SEARCHED : MOST_SEARCHED + 1]
        return max(ends, default=None)

    @cached_property
    def _hits(self) -> Sequence[Key] | None:
        """What a search found; None for any other list.

        Read once: to count and to page would each read it all.
        """
        return None if self._searched is None else self._keys(None)

    def count(self) -> int:
        """Return how many there are. One query a database, once."""
        return sum(self._counts) if self._hits is None else len(self._hits)

    def __len__(self) -> int:
        return self.count()

    @cached_property
    def _counts(self) -> Sequence[int]:
        return [rows.count() for rows in self._rows.values()]

    @overload
    def __getitem__(self, wanted: slice) -> list[Row]: ...
    @overload
    def __getitem__(self, wanted: int) -> Row: ...
    def __getitem__(self, wanted: slice | int) -> list[Row] | Row:
        """Return a page. Two queries a database, one where there is only one.

        Raises:
            Invalid: it lies deeper than `DEEPEST`, over several databases.
        """
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        start, stop = wanted.start or 0, wanted.stop
        if stop is None:
            stop = self.count()
        if self._hits is not None:
            return self._fetched(self._hits[start:stop])
        if len(self._rows) == 1:
            (rows,) = self._rows.values()
            return list(self._newest(rows)[start:stop])
        if stop > DEEPEST:
            hint = "narrow it with until= to the time of the last entry that was read, or export it"
            message = f"a list over several databases ends after {DEEPEST} entries"
            raise Invalid(faults=[Fault("/page", message, hint)])
        return self._fetched(self._keys(stop)[start:stop])

    def _newest(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        return rows.order_by(f"-{self._moment}", "-id")

    def _keys(self, count: int | None) -> Sequence[Key]:
        """Return the keys of the newest `count`, newest first; of all a search reads, for None."""
        keys: list[Key] = []
        end = self.searched_back_to
        for database, rows in self._rows.items():
            near = rows if end is None else rows.filter(**{f"{self._moment}__gt": end})
            found = self._newest(near).values_list(self._moment, "pk")[:count]
            keys += [(at, database, pk) for at, pk in found]
        keys.sort(reverse=True)
        return keys[:count]

    def _fetched(self, keys: Sequence[Key]) -> list[Row]:
        found: dict[tuple[str, int], Row] = {}
        for database, rows in self._rows.items():
            mine = [pk for _, name, pk in keys if name == database]
            if mine:
                held = rows.model._default_manager.using(database).in_bulk(mine)
                found |= {(database, pk): row for pk, row in held.items()}
        return [found[database, pk] for _, database, pk in keys if (database, pk) in found]
