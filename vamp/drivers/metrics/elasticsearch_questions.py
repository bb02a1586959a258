"""What is asked of Elasticsearch about rollups, and how its answers read. Pure.

Only filters and sums: no scripts, no pipelines. Sums are doubles there, so a counter is exact up
to 2^53 (9·10^15).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from vamp.drivers.elasticsearch.cluster import Question
from vamp.drivers.elasticsearch.indices import IndexFamily
from vamp.drivers.metrics.elasticsearch_mapping import (
    EPOCH,
    LATENCY_FIELDS,
    STATUS_FIELDS,
    SUMMED,
    microseconds,
)
from vamp.ports.metrics import Traffic, Window

WINDOWS_A_SEARCH = 50
"""Each document of a search is held against each of its windows, so few; but each search costs
half a millisecond, so not one."""

STEPS_A_SEARCH = 400
MOST_SEARCHES = 64
MOST_ROUTES = 1_000
"""Elasticsearch gives 65,536 sums at most in an answer (``search.max_buckets``): so many steps for
160 routes."""

_SUMS = {name: {"sum": {"field": name}} for name in SUMMED}


def traffic_questions(
    family: IndexFamily, windows: Iterable[Window]
) -> Iterator[tuple[Sequence[Window], Question]]:
    """Yield searches, each with the windows that its sums are of, in their order.

    `windows` should differ, and each be longer than nothing. Neighbours in gateway and time come
    together, so that a search meets few documents that are not its own.
    """
    ordered = sorted(windows, key=lambda window: (window.gateway, window.start))
    for begun in range(0, len(ordered), WINDOWS_A_SEARCH):
        part = ordered[begun : begun + WINDOWS_A_SEARCH]
        start, end = min(w.start for w in part), max(w.end for w in part)
        gateways = sorted({window.gateway for window in part})
        body = {
            "size": 0,
            "track_total_hits": False,
            "query": _all_of({"terms": {"gateway": gateways}}, _span(start, end)),
            "aggs": {
                "windows": {"filters": {"filters": [*map(_filter, part)]}, "aggs": _SUMS},
            },
        }
        yield part, Question(family.between((w.start, w.end) for w in part), body)


def traffic_answers(answer: Mapping[str, Any]) -> Iterator[Traffic]:
    """Yield the sums of one search's windows; none where there is no index."""
    for bucket in answer.get("aggregations", {}).get("windows", {}).get("buckets", ()):
        yield _traffic(bucket) if bucket["doc_count"] else Traffic()


def series_questions(family: IndexFamily, window: Window, *, step_us: int) -> Iterator[Question]:
    """Yield searches for the steps of `window`, which begin at its start, by route.

    A histogram over microseconds, because those over dates know milliseconds only.
    """
    start_us = microseconds(window.start)
    steps = max(1, math.ceil((microseconds(window.end) - start_us) / step_us))
    steps_each = max(STEPS_A_SEARCH, math.ceil(steps / MOST_SEARCHES))
    histogram = {
        "field": "start_us",
        "interval": step_us,
        "offset": start_us % step_us,
        "min_doc_count": 1,
    }
    for first in range(0, steps, steps_each):
        start = window.start + timedelta(microseconds=first * step_us)
        end = min(window.end, window.start + timedelta(microseconds=(first + steps_each) * step_us))
        part = Window(window.gateway, start, end, window.route, window.version)
        body = {
            "size": 0,
            "track_total_hits": False,
            "query": _filter(part),
            "aggs": {
                "routes": {
                    "terms": {"field": "route", "size": MOST_ROUTES},
                    "aggs": {"steps": {"histogram": histogram, "aggs": _SUMS}},
                }
            },
        }
        yield Question(family.between([(start, end)]), body)


def series_answers(answer: Mapping[str, Any]) -> Iterator[tuple[datetime, str, Traffic]]:
    """Yield (start of step, route, sums), in no order."""
    for route in answer.get("aggregations", {}).get("routes", {}).get("buckets", ()):
        for step in route["steps"]["buckets"]:
            start = EPOCH + timedelta(microseconds=round(step["key"]))
            yield start, str(route["key"]), _traffic(step)


def _filter(window: Window) -> Mapping[str, Any]:
    parts = [{"term": {"gateway": window.gateway}}, _span(window.start, window.end)]
    if window.route is not None:
        parts.append({"term": {"route": window.route}})
    if window.version is not None:
        parts.append({"term": {"version": window.version}})
    return _all_of(*parts)


def _span(start: datetime, end: datetime) -> dict[str, Any]:
    return {"range": {"start_us": {"gte": microseconds(start), "lt": microseconds(end)}}}


def _all_of(*parts: Mapping[str, Any]) -> dict[str, Any]:
    return {"bool": {"filter": list(parts)}}


def _traffic(bucket: Mapping[str, Any]) -> Traffic:
    whole = {name: round(bucket[name]["value"]) for name in SUMMED if name != "latency_sum_ms"}
    return Traffic(
        count=whole["count"],
        statuses=tuple(whole[name] for name in STATUS_FIELDS),
        errors=whole["errors"],
        bytes_out=whole["bytes_out"],
        latency_sum_ms=bucket["latency_sum_ms"]["value"],
        latency_histogram=tuple(whole[name] for name in LATENCY_FIELDS),
    )
