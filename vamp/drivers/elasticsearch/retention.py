"""Forgetting: whole indices by their day, and the edge day's documents by a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vamp.drivers.elasticsearch.client import port_errors
from vamp.drivers.elasticsearch.indices import IndexFamily

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

QUERY_S = 300.0
"""A day of documents is deleted in this time, or the next call goes on with it."""

_AT_ONCE = 20
"""Indices named in one request: their names stand in its first line, of 4 kB at most."""


def prune(
    client: Elasticsearch, family: IndexFamily, *, before: datetime, older: Mapping[str, Any]
) -> int:
    """Forget the family's documents from before `before`; return how many.

    Args:
        client: open.
        family: whose indices.
        before: aware.
        older: the query that finds such documents in the index of that day.

    Raises:
        PortError: not all of it is done; calling again goes on.
    """
    edge = before.astimezone(UTC).date()
    with port_errors():
        found = client.indices.get(index=family.pattern, filter_path="*.aliases")
        days = {name: day for name in found if (day := family.day_of(name)) is not None}
        gone = sorted(name for name, day in days.items() if day < edge)
        pruned = sum(
            _delete(client, gone[place : place + _AT_ONCE])
            for place in range(0, len(gone), _AT_ONCE)
        )
        if family.of_day(edge) in days:
            pruned += _delete_within(client, family.of_day(edge), older)
    return pruned


def _delete(client: Elasticsearch, names: Sequence[str]) -> int:
    index = ",".join(names)
    client.indices.refresh(index=index, ignore_unavailable=True)
    count = client.count(index=index, ignore_unavailable=True)["count"]
    client.indices.delete(index=index, ignore_unavailable=True)
    return int(count)


def _delete_within(client: Elasticsearch, index: str, older: Mapping[str, Any]) -> int:
    client.indices.refresh(index=index, ignore_unavailable=True)
    answer = client.options(ignore_status=404, request_timeout=QUERY_S).delete_by_query(
        index=index, query=older, conflicts="proceed", refresh=True, ignore_unavailable=True
    )
    return int(answer.body.get("deleted", 0))
