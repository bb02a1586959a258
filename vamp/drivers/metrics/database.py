"""The embedded metrics store: rollups as rows of the environment's database, added up by SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connections
from django.db.models import Count, F, QuerySet, Sum, Value

from vamp.drivers.database import port_errors
from vamp.drivers.database_check import check_rows
from vamp.models.rollup import (
    EPOCH,
    LATENCY_COLUMNS,
    STATUS_COLUMNS,
    RollupRow,
    microseconds,
    rollup_key,
)
from vamp.ports.checks import Checked
from vamp.ports.metrics import Rollup, Tally, Traffic, Window, keyed

_SUMMED = ("count", "errors", "bytes_out", "latency_sum_ms", *STATUS_COLUMNS, *LATENCY_COLUMNS)
_WRITE_BATCH = 200
_PRUNE_BATCH = 2_000
_READ_BATCH = 2_000


class DatabaseMetrics:
    """Implements `vamp.ports.metrics.MetricsStore`. Safe between threads and processes.

    Args:
        database: alias of the database that the environment's rows lie in.
        organisation: name.
        environment: name; only rows of this environment are written and read.
    """

    def __init__(self, database: str, organisation: str, environment: str) -> None:
        self._database = database
        self._organisation = organisation
        self._environment = environment

    def write(self, rollups: Sequence[Rollup]) -> None:
        """See the port. Cost: one statement for every 200 rollups."""
        rows = [self._row(rollup) for rollup in rollups]
        with port_errors("metrics store"):
            RollupRow.objects.using(self._database).bulk_create(
                rows, batch_size=_WRITE_BATCH, ignore_conflicts=True
            )

    def traffic(self, windows: Sequence[Window]) -> Sequence[Traffic]:
        """See the port. Cost: one statement, whose only varying parameter is the list of windows."""
        if not windows:
            return []
        asked = json.dumps([_asked(window) for window in windows])
        connection = connections[self._database]
        with port_errors("metrics store"), connection.cursor() as cursor:
            cursor.execute(
                _TRAFFIC[connection.vendor], [asked, self._organisation, self._environment]
            )
            found = {number: _traffic(sums) for number, *sums in cursor.fetchall()}
        return [found.get(number, Traffic()) for number in range(len(windows))]

    def series(self, window: Window, *, step_s: float) -> Sequence[tuple[datetime, str, Traffic]]:
        """See the port. Cost: one statement.

        Raises:
            ValueError: `step_s` is shorter than a microsecond.
        """
        step_us = round(step_s * 1_000_000)
        if step_us < 1:
            raise ValueError("a step of a series must be longer than nothing")
        into = F("start_us") - Value(microseconds(window.start))
        steps = (
            self._within(window)
            .annotate(step_us=F("start_us") - into % Value(step_us))
            .values("step_us", "route")
            .annotate(**{f"sum_{name}": Sum(name) for name in _SUMMED})
            .order_by("step_us", "route")
        )
        with port_errors("metrics store"):
            return [
                (
                    EPOCH + timedelta(microseconds=found["step_us"]),
                    found["route"],
                    _traffic([found[f"sum_{name}"] for name in _SUMMED]),
                )
                for found in cast("Iterable[Mapping[str, Any]]", steps)
            ]

    def tallies(self, *, step_s: float) -> Mapping[datetime, Tally]:
        """See the port. Cost: one statement over all of the environment's rollups."""
        step_us = round(step_s * 1_000_000)
        steps = (
            self._rows()
            .annotate(step_us=F("start_us") - F("start_us") % Value(step_us))
            .values("step_us")
            .annotate(rollups=Count("id"), requests=Sum("count"))
            .order_by("step_us")
        )
        with port_errors("metrics store"):
            return {
                EPOCH + timedelta(microseconds=int(found["step_us"])): Tally(
                    int(found["rollups"]), int(found["requests"])
                )
                for found in cast("Iterable[Mapping[str, Any]]", steps)
            }

    def rollups(self, start: datetime, end: datetime) -> Iterator[Rollup]:
        """See the port. Cost: a statement for every 2,000."""
        wanted = self._rows().filter(
            start_us__gte=microseconds(start), start_us__lt=microseconds(end)
        )
        after = 0
        while True:
            with port_errors("metrics store"):
                rows = list(wanted.filter(id__gt=after).order_by("id")[:_READ_BATCH])
            yield from map(_rollup, rows)
            if len(rows) < _READ_BATCH:
                return
            after = rows[-1].pk

    def places(self) -> Sequence[str]:
        """See the port: none, rollups are rows."""
        return []

    def prune(self, *, before: datetime) -> int:
        """See the port. Cost: a short transaction for every 2,000 rows, so that writers get in."""
        old = self._rows().filter(start_us__lt=microseconds(before)).order_by("start_us")
        pruned = 0
        with port_errors("metrics store"):
            while True:
                ids = list(old.values_list("id", flat=True)[:_PRUNE_BATCH])
                if not ids:
                    return pruned
                pruned += RollupRow.objects.using(self._database).filter(id__in=ids).delete()[0]

    def check(self) -> Checked:
        """See the port: the store is as well as its database."""
        return check_rows(self._database, RollupRow)

    def prepare(self) -> None:
        """See the port. Its tables come with the database's migrations."""

    def _rows(self) -> QuerySet[RollupRow]:
        return RollupRow.objects.using(self._database).filter(
            organisation=self._organisation, environment=self._environment
        )

    def _within(self, window: Window) -> QuerySet[RollupRow]:
        rows = self._rows().filter(
            gateway=window.gateway,
            start_us__gte=microseconds(window.start),
            start_us__lt=microseconds(window.end),
        )
        if window.route is not None:
            rows = rows.filter(route=window.route)
        if window.version is not None:
            rows = rows.filter(version=window.version)
        return rows

    def _row(self, rollup: Rollup) -> RollupRow:
        counters: dict[str, Any] = dict(zip(STATUS_COLUMNS, rollup.statuses, strict=True))
        counters.update(zip(LATENCY_COLUMNS, rollup.latency_histogram, strict=True))
        return RollupRow(
            organisation=self._organisation,
            environment=self._environment,
            rollup_key=rollup_key(rollup.id),
            agent=rollup.agent,
            gateway=rollup.gateway,
            route=rollup.route,
            service=rollup.service,
            version=rollup.version,
            start_us=microseconds(rollup.start),
            seconds=rollup.seconds,
            count=rollup.count,
            errors=rollup.errors,
            bytes_out=rollup.bytes_out,
            latency_sum_ms=rollup.latency_sum_ms,
            **counters,
        )


# The windows travel as one JSON parameter, so that their number meets no limit of a statement.
_WINDOWS: Mapping[str, str] = {
    "sqlite": """
        SELECT key AS number, json_extract(value, '$[0]') AS gateway,
               json_extract(value, '$[1]') AS start_us, json_extract(value, '$[2]') AS end_us,
               json_extract(value, '$[3]') AS route, json_extract(value, '$[4]') AS version
          FROM json_each(%s)""",
    # Text of JSON_TABLE has the connection's collation unless it is told that of our tables.
    "mysql": """
        SELECT number - 1 AS number, gateway, start_us, end_us, route, version
          FROM JSON_TABLE(%s, '$[*]' COLUMNS (
               number FOR ORDINALITY,
               gateway VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
               start_us BIGINT PATH '$[1]', end_us BIGINT PATH '$[2]',
               route VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[3]',
               version VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[4]'
               )) AS asked""",
}
# Each window looks up the index of gateway and start once: these keep the databases to that order.
_JOIN: Mapping[str, str] = {"sqlite": "CROSS JOIN", "mysql": "STRAIGHT_JOIN"}


def _statement(vendor: str) -> str:
    sums = ", ".join(f"SUM(r.{name})" for name in _SUMMED)
    return f"""
        SELECT w.number, {sums}
          FROM ({_WINDOWS[vendor]}) AS w {_JOIN[vendor]} {RollupRow._meta.db_table} AS r
         WHERE r.organisation = %s AND r.environment = %s AND r.gateway = w.gateway
           AND r.start_us >= w.start_us AND r.start_us < w.end_us
           AND (w.route IS NULL OR r.route = w.route)
           AND (w.version IS NULL OR r.version = w.version)
         GROUP BY w.number"""  # noqa: S608 built of our own column names only


_TRAFFIC: Mapping[str, str] = {vendor: _statement(vendor) for vendor in _WINDOWS}


def _asked(window: Window) -> list[str | int | None]:
    start_us, end_us = microseconds(window.start), microseconds(window.end)
    return [window.gateway, start_us, end_us, window.route, window.version]


def _traffic(sums: Sequence[Any]) -> Traffic:
    count, errors, bytes_out, latency_sum_ms, *counters = sums
    numbers = [int(counter) for counter in counters]  # MySQL adds integers up to a decimal
    return Traffic(
        count=int(count),
        statuses=tuple(numbers[: len(STATUS_COLUMNS)]),
        errors=int(errors),
        bytes_out=int(bytes_out),
        latency_sum_ms=latency_sum_ms,
        latency_histogram=tuple(numbers[len(STATUS_COLUMNS) :]),
    )


def _rollup(row: RollupRow) -> Rollup:
    return Rollup(
        id=keyed(row.rollup_key),
        agent=row.agent,
        gateway=row.gateway,
        route=row.route,
        service=row.service,
        version=row.version,
        start=row.start,
        seconds=row.seconds,
        count=row.count,
        statuses=tuple(getattr(row, name) for name in STATUS_COLUMNS),
        errors=row.errors,
        bytes_out=row.bytes_out,
        latency_sum_ms=row.latency_sum_ms,
        latency_histogram=tuple(getattr(row, name) for name in LATENCY_COLUMNS),
    )
