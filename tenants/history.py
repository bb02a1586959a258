"""Reading what an environment left in the databases that it lay in, as if it were one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from tenants.models import Environment

Rows = Callable[[str], QuerySet[Any]]


class Joined(Sequence[Any]):
    """Rows of several databases in one order, for pages. Reads no more than a page asks for.

    Args:
        parts: a query for each database, in the same order all.
        key: what a row is sorted by.
        is_reversed: the order is from high to low.
    """

    def __init__(
        self,
        parts: Sequence[QuerySet[Any]],
        key: Callable[[Any], Any],
        *,
        is_reversed: bool = False,
    ) -> None:
        self._parts, self._key, self._is_reversed = parts, key, is_reversed

    def __len__(self) -> int:
        """Return how many rows there are. A query for each database."""
        return sum(part.count() for part in self._parts)

    def __getitem__(self, place: Any) -> Any:
        """Return a slice. Cost: a query for each database, of all rows up to its end."""
        if not isinstance(place, slice):
            return self[place : place + 1][0]
        rows = [row for part in self._parts for row in part[: place.stop]]
        rows.sort(key=self._key, reverse=self._is_reversed)
        return rows[place]

    def __iter__(self) -> Iterator[Any]:
        """Yield all rows."""
        yield from self[0 : len(self)]


def of_environment(environment: Environment, rows: Rows) -> Sequence[QuerySet[Any]]:
    """Return ``rows(database)`` for each database that may hold something of the environment."""
    return [rows(database) for database in environment.databases]


def first_of(
    environment: Environment,
    rows: Rows,
    limit: int,
    key: Callable[[Any], Any],
    *,
    is_reversed: bool = False,
) -> list[Any]:
    """Return the first `limit` rows. One query; one more for each move that the environment made.

    Args:
        environment: whose.
        rows: returns the sorted rows of one database.
        limit: how many.
        key: what they are sorted by.
        is_reversed: from high to low.
    """
    parts = of_environment(environment, rows)
    if len(parts) == 1:
        return list(parts[0][:limit])
    return list(Joined(parts, key, is_reversed=is_reversed)[:limit])
