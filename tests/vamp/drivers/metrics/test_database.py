"""What the embedded metrics store promises beyond the port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from vamp.drivers.metrics import database
from vamp.drivers.metrics.database import DatabaseMetrics
from vamp.models.rollup import RollupRow
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.metrics import HISTOGRAM_SIZE, Rollup, Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _rollup(second: int) -> Rollup:
    return Rollup(
        id=str(second),
        agent="vga-1",
        gateway="shop",
        route="stable",
        service="shop",
        version="1.0.0",
        start=NOON + timedelta(seconds=second),
        seconds=1.0,
        count=1,
        statuses=(0, 1, 0, 0, 0, 0),
        errors=0,
        bytes_out=0,
        latency_sum_ms=1.0,
        latency_histogram=(1,) + (0,) * (HISTOGRAM_SIZE - 1),
    )


@pytest.mark.django_db
def test_traffic__asked__is_one_statement_that_seeks_in_the_index() -> None:
    store = DatabaseMetrics("default", "acme", "production")
    window = Window("shop", NOON, NOON + timedelta(minutes=1))
    with CaptureQueriesContext(connections["default"]) as queries:
        store.traffic([window] * 20)

    vendor = connections["default"].vendor
    explain = {"sqlite": "EXPLAIN QUERY PLAN", "mysql": "EXPLAIN FORMAT=JSON"}[vendor]
    with connections["default"].cursor() as cursor:
        cursor.execute(f"{explain} {database._TRAFFIC[vendor]}", ["[]", "a", "b"])
        steps = " ".join(row[-1] for row in cursor.fetchall())

    assert len(queries) == 1
    assert "rollup_gateway_start" in steps
    assert {"sqlite": "start_us>? AND start_us<?", "mysql": "start_us < w.end_us"}[
        vendor
    ] in steps.replace("`", "").replace("asked.end_us", "w.end_us").replace(
        "r.start_us", "start_us"
    )


@pytest.mark.django_db
def test_prune__more_than_a_batch__goes_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_PRUNE_BATCH", 10)
    store = DatabaseMetrics("default", "acme", "production")
    store.write([_rollup(second) for second in range(25)])

    with CaptureQueriesContext(connections["default"]) as queries:
        pruned = store.prune(before=NOON + timedelta(days=1))

    assert pruned == 25
    assert sum("DELETE" in query["sql"] for query in queries) == 3
    assert not RollupRow.objects.using("default").exists()


def test_series__step_of_nothing__is_a_mistake_of_the_caller() -> None:
    store = DatabaseMetrics("default", "acme", "production")

    with pytest.raises(ValueError, match="longer than nothing"):
        store.series(Window("shop", NOON, NOON), step_s=0)


@pytest.mark.django_db(transaction=True)
def test_everything__table_gone__is_unavailable() -> None:
    store = DatabaseMetrics("default", "acme", "production")
    connection = connections["default"]
    with connection.schema_editor() as editor:
        editor.delete_model(RollupRow)
    try:
        window = Window("shop", NOON, NOON)
        for use in (
            lambda: store.write([_rollup(1)]),
            lambda: store.traffic([window]),
            lambda: store.series(window, step_s=1),
            lambda: store.prune(before=NOON),
        ):
            with pytest.raises((PortUnavailable, PortRefused)):
                use()
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(RollupRow)
