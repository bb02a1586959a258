"""Reading rollups back out of Elasticsearch, whole, to copy them elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from vamp.drivers.elasticsearch.cluster import Question
from vamp.drivers.elasticsearch.indices import IndexFamily
from vamp.drivers.metrics.elasticsearch_mapping import (
    EPOCH,
    LATENCY_FIELDS,
    STATUS_FIELDS,
    microseconds,
)
from vamp.ports.metrics import Rollup, Tally, keyed

PAGE = 2_000
_ORDER = ("start_us", "gateway", "route", "agent")


def tallies_question(family: IndexFamily, *, step_us: int) -> Question:
    """Return the search for how many rollups begin in each step, and of how many requests."""
    steps = {"field": "start_us", "interval": step_us, "min_doc_count": 1}
    body = {
        "size": 0,
        "track_total_hits": False,
        "aggs": {"steps": {"histogram": steps, "aggs": {"count": {"sum": {"field": "count"}}}}},
    }
    return Question(family.pattern, body)


def tallies_answer(answer: Mapping[str, Any]) -> Mapping[datetime, Tally]:
    """Return start of step → what is there; steps without rollups are left out."""
    buckets = answer.get("aggregations", {}).get("steps", {}).get("buckets", ())
    return {
        EPOCH + timedelta(microseconds=round(each["key"])): Tally(
            int(each["doc_count"]), round(each["count"]["value"])
        )
        for each in buckets
        if each["doc_count"]
    }


def rollups_question(
    family: IndexFamily, start: datetime, end: datetime, after: Sequence[Any] | None
) -> Question:
    """Return the search for the next page of the rollups that begin within a span."""
    span = {"gte": microseconds(start), "lt": microseconds(end)}
    body: dict[str, Any] = {
        "size": PAGE,
        "track_total_hits": False,
        "query": {"bool": {"filter": [{"range": {"start_us": span}}]}},
        "sort": [{name: "asc"} for name in _ORDER],
    }
    if after is not None:
        body["search_after"] = list(after)
    return Question(family.between([(start, end)]), body)


def page_of(
    answer: Mapping[str, Any],
) -> tuple[Sequence[Rollup], Sequence[Any] | None]:
    """Return the rollups of a page, and behind which place the next one begins; None at the end.

    Of a full page those of the last place are left to the next: further parts of the same span may
    not have fitted in.
    """
    hits: Sequence[Mapping[str, Any]] = answer.get("hits", {}).get("hits", ())
    if len(hits) < PAGE:
        return [*map(_rollup, hits)], None
    last = hits[-1]["sort"]
    whole = [hit for hit in hits if hit["sort"] != last]
    if not whole:  # more parts of one span than a page holds: no agent makes so many
        return [*map(_rollup, hits)], last
    return [*map(_rollup, whole)], whole[-1]["sort"]


def _rollup(hit: Mapping[str, Any]) -> Rollup:
    found = hit["_source"]
    return Rollup(
        id=keyed(hit["_id"]),
        agent=found["agent"],
        gateway=found["gateway"],
        route=found["route"],
        service=found["service"],
        version=found["version"],
        start=EPOCH + timedelta(microseconds=found["start_us"]),
        seconds=found["seconds"],
        count=found["count"],
        statuses=tuple(found[name] for name in STATUS_FIELDS),
        errors=found["errors"],
        bytes_out=found["bytes_out"],
        latency_sum_ms=found["latency_sum_ms"],
        latency_histogram=tuple(found[name] for name in LATENCY_FIELDS),
    )
