"""Rollups as Elasticsearch stores them: the template, and a document of each. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from vamp.drivers.elasticsearch.templates import Template
from vamp.ports.metrics import HISTOGRAM_SIZE, STATUS_CLASSES, Rollup, rollup_key

STATUS_FIELDS = tuple(f"status_{name}" for name in STATUS_CLASSES)
"""One field a status class, in the order of `STATUS_CLASSES`."""

LATENCY_FIELDS = tuple(f"latency_{number:02d}" for number in range(HISTOGRAM_SIZE))
"""One integer field a counter of the histogram: a histogram type would need a licence."""

SUMMED = ("count", "errors", "bytes_out", "latency_sum_ms", *STATUS_FIELDS, *LATENCY_FIELDS)
"""Every field that is added up, in the order in which `elasticsearch_questions` reads them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NAMES = ("agent", "gateway", "route", "service", "version")
# Only ever added up: columns on disk, no index. Bytes and counts outgrow 32 bits.
_COUNTER = {"type": "long", "index": False}

ROLLUP = Template(
    kind="rollup",
    version=1,
    properties={
        **{name: {"type": "keyword"} for name in _NAMES},
        # Whole milliseconds, for people and their dashboards; ours ask for `start_us`.
        "start": {"type": "date", "index": False},
        "start_us": {"type": "long"},
        "seconds": {"type": "double", "index": False},
        **dict.fromkeys(SUMMED, _COUNTER),
        "latency_sum_ms": {"type": "double", "index": False},
    },
)


def document(rollup: Rollup) -> bytes:
    """Return a rollup as JSON, field by field as in `ROLLUP`. Cost: about 15 µs."""
    found: dict[str, Any] = {name: getattr(rollup, name) for name in _NAMES}
    found |= {
        "start": rollup.start.astimezone(UTC).isoformat(timespec="milliseconds"),
        "start_us": microseconds(rollup.start),
        "seconds": rollup.seconds,
        "count": rollup.count,
        "errors": rollup.errors,
        "bytes_out": rollup.bytes_out,
        "latency_sum_ms": rollup.latency_sum_ms,
        **dict(zip(STATUS_FIELDS, rollup.statuses, strict=True)),
        **dict(zip(LATENCY_FIELDS, rollup.latency_histogram, strict=True)),
    }
    return json.dumps(found, separators=(",", ":")).encode()


def identity(rollup: Rollup) -> str:
    """Return the document's id: the same digest by which every store knows a rollup."""
    return rollup_key(rollup.id)


def microseconds(moment: datetime) -> int:
    """Return `moment`, which must be aware, as whole microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def older_than(before: datetime) -> Mapping[str, Any]:
    """Return the query for rollups that started before `before`."""
    return {"range": {"start_us": {"lt": microseconds(before)}}}
