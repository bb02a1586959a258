"""Rows that lie in several databases, read as if they were one list, newest first.

However many rows there are, to read a page costs about the same: nothing counts, skips or compares
more than a fixed number of them. What a list leaves out for that is older than `goes_back_to`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar, overload

from django.db.models import Model, QuerySet

DEEPEST = 10_000
"""Rows that a list goes down; beyond, it has to be narrowed by time."""

MOST_SEARCHED = 20_000
"""Rows of one database that are read at most to find those that no index finds."""

FIRST_WINDOW = 500
"""So many of them are read however long it takes; then more at a time, while time is left."""

LEAST_WINDOW, MOST_WINDOW = 100, 1_000
"""Rows that are read at once afterwards. Those further back may be cold, and take ten times as long."""

SEARCH_S = 0.3
"""For so long rows are read to find words in them."""

COMPARE_S = 0.04
"""For so long rows are read to compare a field of theirs."""

SHALLOW = 500
"""Rows that are skipped at most whole; beyond, only their keys are, which lie in the index."""

Row = TypeVar("Row", bound=Model)

Key: TypeAlias = tuple[datetime, str, int]
"""When, in which database, and the id."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, newest first.

    Attributes:
        end: since when everything was read; None: all of it.
    """

    keys: Sequence[Key]
    end: datetime | None


class Merged(Generic[Row]):
    """A list over several databases, newest first. A page of it may be sliced out.

    Args:
        rows: database → those that are wanted.
        moment: field that says when, by which ends the index that finds them.
        searched: where no index finds them: database → the rows, narrowed by an index alone, of
            which the newest are read. None for any other list.
        within_s: seconds to read for; what was begun is ended, and `MOST_SEARCHED` are the most.
    """

    def __init__(
        self,
        rows: Mapping[str, QuerySet[Row]],
        moment: str,
        searched: Mapping[str, QuerySet[Row]] | None = None,
        *,
        within_s: float = SEARCH_S,
    ) -> None:
        self._rows = rows
        self._moment = moment
        self._searched = searched
        self._within_s = within_s

    @cached_property
    def goes_back_to(self) -> datetime | None:
        """Since when all that is wanted is in the list; None where nothing is left out.

        Asked for what was until then, another list goes on without a gap.
        """
        return self._found.end if self._found else self._cut()

    def _cut(self) -> datetime | None:
        if sum(self._bounded) <= DEEPEST:
            return None
        if len(self._rows) == 1:
            (rows,) = self._rows.values()
            return moment_at(rows, self._moment, DEEPEST)
        keys = self._keys(DEEPEST + 1)
        # Some may have gone meanwhile.
        return whole(keys[DEEPEST][0]) if len(keys) > DEEPEST else None

    @cached_property
    def _found(self) -> Found | None:
        """What a search found; None for any other list.

        Read once: to count and to page would each read it all.
        """
        if self._searched is None:
            return None
        parts = [self._read(database) for database in self._rows]
        end = max((part.end for part in parts if part.end is not None), default=None)
        keys = [key for part in parts for key in part.keys if end is None or key[0] >= end]
        return Found(sorted(keys, reverse=True), end)

    def _read(self, database: str) -> Found:
        """Read the newest rows of a database, window by window, while there is time."""
        led = (self._searched or {})[database]
        deadline_s = time.monotonic() + self._within_s / len(self._rows)
        keys: list[Key] = []
        end: datetime | None = None
        left = MOST_SEARCHED
        size = min(FIRST_WINDOW, left)
        while size > 0:
            begun_s = time.monotonic()
            left -= size
            before, end = end, moment_at(self._span(led, None, end), self._moment, size)
            near = self._newest(self._span(self._rows[database], end, before))
            keys += [(at, database, pk) for at, pk in near.values_list(self._moment, "pk")]
            if end is None:
                break
            now_s = time.monotonic()
            size = min(left, next_window(size, now_s - begun_s, deadline_s - now_s))
        return Found(keys, end)

    def count(self) -> int:
        """Return how many there are in the list. At most three queries a database, once."""
        return self._counted if self._found is None else len(self._found.keys)

    def __len__(self) -> int:
        return self.count()

    @cached_property
    def _bounded(self) -> Sequence[int]:
        """How many are wanted of each database; one more than `DEEPEST` where it is more."""
        return [rows.order_by()[: DEEPEST + 1].count() for rows in self._rows.values()]

    @cached_property
    def _counted(self) -> int:
        end = self.goes_back_to
        if end is None:
            return sum(self._bounded)
        return sum(self._span(rows, end, None).count() for rows in self._rows.values())

    @overload
    def __getitem__(self, wanted: slice) -> list[Row]: ...
    @overload
    def __getitem__(self, wanted: int) -> Row: ...
    def __getitem__(self, wanted: slice | int) -> list[Row] | Row:
        """Return a page. Two queries a database; one near the top, where there is only one."""
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        start, stop = wanted.start or 0, wanted.stop
        if stop is None:
            stop = self.count()
        if self._found is not None:
            return self._fetched(self._found.keys[start:stop])
        if len(self._rows) > 1:
            return self._fetched(self._keys(stop)[start:stop])
        ((database, rows),) = self._rows.items()
        newest = self._newest(rows)
        if start <= SHALLOW:
            return list(newest[start:stop])
        found = newest.values_list(self._moment, "pk")[start:stop]
        return self._fetched([(at, database, pk) for at, pk in found])

    def _newest(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        return rows.order_by(f"-{self._moment}", "-id")

    def _span(
        self, rows: QuerySet[Row], since: datetime | None, until: datetime | None
    ) -> QuerySet[Row]:
        if since is not None:
            rows = rows.filter(**{f"{self._moment}__gte": since})
        return rows if until is None else rows.filter(**{f"{self._moment}__lt": until})

    def _keys(self, count: int) -> Sequence[Key]:
        """Return the keys of the newest `count`, newest first."""
        keys: list[Key] = []
        for database, rows in self._rows.items():
            newest = self._newest(rows).values_list(self._moment, "pk")[:count]
            keys += [(at, database, pk) for at, pk in newest]
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


def moment_at(rows: QuerySet[Any], moment: str, place: int) -> datetime | None:
    """Return when the row at `place` was, newest first; None where there are not so many.

    One query, over the index that finds `rows` in order of `moment`.
    """
    newest = rows.order_by(f"-{moment}").values_list(moment, flat=True)
    found = next(iter(newest[place : place + 1]), None)
    return None if found is None else whole(found)


def whole(at: datetime) -> datetime:
    """Return the millisecond that `at` is in: as fine as people can ask for. Pure."""
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


def next_window(size: int, took_s: float, left_s: float) -> int:
    """Return how many rows to read next, where `size` took so long; 0 for no more. Pure."""
    fit = int(size * left_s / took_s) if took_s > 0 else 2 * size
    return 0 if fit < LEAST_WINDOW else min(2 * size, fit, MOST_WINDOW)
