"""The embedded metrics store: rollups as rows of the environment's database, added up by SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connections
from django.db.models import Count, F, QuerySet, Sum, Value

from vamp.drivers.database import port_errors
from vamp.drivers.database_check import check_rows
from vamp.drivers.metrics.database_questions import SUMMED, traffic_statements
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
        """See the port. Cost: one statement for every 100 windows that differ."""
        asked = [*dict.fromkeys(windows)]
        found: dict[Window, Traffic] = {}
        with port_errors("metrics store"), connections[self._database].cursor() as cursor:
            for statement, values in traffic_statements(
                self._organisation, self._environment, asked
            ):
                cursor.execute(statement, values)
                for number, *sums in cursor.fetchall():
                    if sums[0] is not None:
                        found[asked[number]] = _traffic(sums)
        return [found.get(window, Traffic()) for window in windows]

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
            .annotate(**{f"sum_{name}": Sum(name) for name in SUMMED})
            .order_by("step_us", "route")
        )
        with port_errors("metrics store"):
            return [
                (
                    EPOCH + timedelta(microseconds=found["step_us"]),
                    found["route"],
                    _traffic([found[f"sum_{name}"] for name in SUMMED]),
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
