"""What agents send: what is accepted, and every fault with its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateways.documents.agent_report import (
    LARGEST_COUNT,
    AgentReport,
    RollupDocument,
    RollupsReport,
)
from vamp.documents.source import Source
from vamp.documents.validation import validated
from vamp.errors import Invalid
from vamp.ports.metrics import HISTOGRAM_SIZE, Rollup

REPORT: dict[str, Any] = {"boot": "b1", "started_at": "2026-03-01T12:00:00Z"}
ROLLUP: dict[str, Any] = {
    "id": "vga-1/b1/0/shop/stable/0",
    "agent": "vga-1",
    "gateway": "shop",
    "route": "stable",
    "start": "2026-03-01T12:00:00Z",
    "seconds": 5,
    "count": 2,
    "statuses": [0, 1, 0, 0, 1, 0],
    "errors": 1,
    "bytes_out": 300,
    "latency_sum_ms": 4.5,
    "latency_histogram": [2] + [0] * (HISTOGRAM_SIZE - 1),
}


def pointers(model: type[Any], value: Any) -> set[str]:
    with pytest.raises(Invalid) as refused:
        validated(model, Source.of(value))
    return {fault.pointer for fault in refused.value.faults}


def test_report__least__has_nothing_applied():
    report = validated(AgentReport, Source.of(REPORT))

    assert report.started_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (report.applied, report.withdrawn, report.is_full) == ({}, (), False)
    assert report.complete_until is None


def test_report__nulls_among_the_applied__are_withdrawn():
    told = {"applied": {"shop": 3, "cart": None, "new": 0}, "full": True}

    report = validated(AgentReport, Source.of({**REPORT, **told}))

    assert report.applied == {"shop": 3, "new": 0}
    assert report.withdrawn == ("cart",)
    assert report.is_full


def test_report__from_a_newer_agent__leaves_out_what_is_not_known():
    report = validated(AgentReport, Source.of({**REPORT, "temperature": 21}))

    assert report.boot == "b1"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"boot": ""}, "/boot"),
        ({"boot": 7}, "/boot"),
        ({"started_at": "2026-03-01T12:00:00"}, "/started_at"),
        ({"started_at": "2026-03-01T12:00:00+01:00"}, "/started_at"),
        ({"applied": {"shop": -1}}, "/applied/shop"),
        ({"applied": {"shop": "3"}}, "/applied/shop"),
        ({"dropped": LARGEST_COUNT + 1}, "/dropped"),
        ({"reloads": 2**31}, "/reloads"),
        ({"full": 1}, "/full"),
        ({"faults": [{"message": "x"}]}, "/faults/0/since"),
    ],
)
def test_report__wrong_value__is_refused_at_its_place(changes, pointer):
    assert pointers(AgentReport, {**REPORT, **changes}) == {pointer}


def test_report__time_in_another_zone__is_told_how_to_write_it():
    with pytest.raises(Invalid) as refused:
        validated(AgentReport, Source.of({**REPORT, "started_at": "2026-03-01T12:00:00+01:00"}))

    assert "UTC" in refused.value.faults[0].message
    assert "Z" in refused.value.faults[0].hint


def test_rollup__as_it_travels__becomes_the_stores_own():
    rollup = validated(RollupDocument, Source.of(ROLLUP)).rollup()

    assert rollup == Rollup(
        id="vga-1/b1/0/shop/stable/0",
        agent="vga-1",
        gateway="shop",
        route="stable",
        service="",
        version="",
        start=datetime(2026, 3, 1, 12, tzinfo=UTC),
        seconds=5.0,
        count=2,
        statuses=(0, 1, 0, 0, 1, 0),
        errors=1,
        bytes_out=300,
        latency_sum_ms=4.5,
        latency_histogram=(2,) + (0,) * (HISTOGRAM_SIZE - 1),
    )


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"seconds": 0}, "/seconds"),
        ({"seconds": 3601}, "/seconds"),
        ({"count": -1}, "/count"),
        ({"statuses": [0] * 5}, "/statuses"),
        ({"latency_histogram": [0] * (HISTOGRAM_SIZE + 1)}, "/latency_histogram"),
        ({"latency_sum_ms": -0.1}, "/latency_sum_ms"),
    ],
)
def test_rollup__wrong_value__is_refused_at_its_place(changes, pointer):
    assert pointers(RollupDocument, {**ROLLUP, **changes}) == {pointer}


def test_rollups__several_wrong__are_all_told():
    body = {"rollups": [{**ROLLUP, "errors": -1}, ROLLUP, {**ROLLUP, "agent": ""}]}

    assert pointers(RollupsReport, body) == {"/rollups/0/errors", "/rollups/2/agent"}
