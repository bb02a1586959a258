"""What the embedded metrics store promises beyond the port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from vamp.drivers.metrics import database
from vamp.drivers.metrics.database import DatabaseMetrics
from vamp.drivers.metrics.database_questions import traffic_statements
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
def test_traffic__many_windows__is_a_statement_a_hundred_that_seeks_each_in_the_index() -> None:
    store = DatabaseMetrics("default", "acme", "production")
    store.write([_rollup(second) for second in range(300)])
    windows = [
        Window("shop", NOON + timedelta(seconds=number), NOON + timedelta(seconds=number + 10))
        for number in range(150)
    ]
    connection = connections["default"]
    with CaptureQueriesContext(connection) as queries:
        found = store.traffic([*windows, *windows])

    assert len(queries) == 2
    assert [each.count for each in found] == [10] * 300
    (statement, values), _ = traffic_statements("acme", "production", windows)
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{explain} {statement}", values)
        steps = [" ".join(map(str, row)) for row in cursor.fetchall()]
    if connection.vendor == "sqlite":
        assert sum("rollup_gateway_start" in step for step in steps) == 100
        assert sum("start_us>? AND start_us<?" in step for step in steps) == 100


@pytest.mark.stack
@pytest.mark.django_db
def test_traffic__among_many_on_mysql__reads_the_windows_rows_alone() -> None:
    store = DatabaseMetrics("default", "acme", "production")
    store.write([_rollup(second) for second in range(5_000)])
    connection = connections["default"]
    windows = [
        Window("shop", NOON + timedelta(seconds=at), NOON + timedelta(seconds=at + 10))
        for at in range(0, 4_000, 100)
    ]

    def rows_read() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
            return sum(int(count) for _, count in cursor.fetchall())

    before = rows_read()
    found = store.traffic(windows)
    read = rows_read() - before

    assert [each.count for each in found] == [10] * 40
    assert read < 40 * 10 * 3


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
