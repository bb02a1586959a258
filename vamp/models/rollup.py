"""Rolled-up traffic of the embedded metrics store: one row for what one agent saw in one span."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import models

from vamp.databases import ExplicitDatabase
from vamp.ports.metrics import HISTOGRAM_SIZE, STATUS_CLASSES, rollup_key

__all__ = [
    "EPOCH", "LATENCY_COLUMNS", "STATUS_COLUMNS", "RollupRow", "microseconds", "rollup_key",
]  # fmt: skip

STATUS_COLUMNS: tuple[str, ...] = tuple(f"status_{name}" for name in STATUS_CLASSES)
"""One column a status class, in the order of `STATUS_CLASSES`."""

LATENCY_COLUMNS: tuple[str, ...] = tuple(f"latency_{n:02d}" for n in range(HISTOGRAM_SIZE))
"""One column a counter of the latency histogram, so that SQL adds them up."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RollupRow(ExplicitDatabase):
    """One `vamp.ports.metrics.Rollup`, written once and never changed.

    Organisation and environment are names, not foreign keys: the row outlives neither, and
    writing traffic must not lock rows that people change. The columns of `STATUS_COLUMNS` and
    `LATENCY_COLUMNS` are added below the class.

    Attributes:
        rollup_key: `rollup_key` of the rollup's id; makes a repeated write change nothing.
        start_us: beginning of the span in microseconds since 1970, an integer so that every
            database cuts steps of a chart with the same arithmetic.
    """

    id = models.BigAutoField(primary_key=True)
    organisation = models.CharField(max_length=63)
    environment = models.CharField(max_length=63)
    rollup_key = models.CharField(max_length=32)
    agent = models.CharField(max_length=255)
    gateway = models.CharField(max_length=63)
    route = models.CharField(max_length=127)
    service = models.CharField(max_length=127, blank=True, default="")
    version = models.CharField(max_length=127, blank=True, default="")
    start_us = models.BigIntegerField()
    seconds = models.FloatField()
    count = models.BigIntegerField()
    errors = models.BigIntegerField()
    bytes_out = models.BigIntegerField()
    latency_sum_ms = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "environment", "rollup_key"], name="rollup_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "environment", "gateway", "start_us"],
                name="rollup_gateway_start",
            ),
            models.Index(fields=["organisation", "environment", "start_us"], name="rollup_start"),
        ]
        verbose_name = "rollup"

    def __str__(self) -> str:
        return f"{self.gateway}/{self.route} from {self.start.isoformat()}"

    @property
    def start(self) -> datetime:
        """Beginning of the span, aware UTC."""
        return EPOCH + timedelta(microseconds=self.start_us)


for _column in (*STATUS_COLUMNS, *LATENCY_COLUMNS):
    RollupRow.add_to_class(_column, models.BigIntegerField(default=0))


def microseconds(moment: datetime) -> int:
    """Return `moment`, which must be aware, as whole microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)
