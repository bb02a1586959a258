"""The core's own tasks."""

from __future__ import annotations

from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from vamp.contention import held_apart
from vamp.databases import looked_up
from vamp.models import OutboxEvent
from vamp.processes.auditing import Carrier, Sealer

PRUNE_BATCH = 5_000


@shared_task(name="vamp.prune", ignore_result=True)
def prune() -> None:
    """Forget events that are older than the installation keeps them, in small batches."""
    before = timezone.now() - timedelta(days=settings.VAMP.event_retention_days)
    for database in looked_up():
        with held_apart("events.not_pruned", database=database):
            _prune(database, before)


def _prune(database: str, before: datetime) -> None:
    events = OutboxEvent.objects.using(database).filter(emitted_at__lt=before)
    while True:
        oldest = events.exclude(position=None).order_by("emitted_at")  # which has an index
        batch = list(oldest.values_list("pk", flat=True)[:PRUNE_BATCH])
        if not batch:
            return
        OutboxEvent.objects.using(database).filter(pk__in=batch).delete()


@shared_task(name="vamp.keep_audit", ignore_result=True)
def keep_audit() -> None:
    """Seal and archive what waits: the net under the loops of the ``consume`` processes.

    While one of those runs, it holds the leases, and this does nothing.
    """
    sealer, carrier = Sealer(), Carrier()
    try:
        sealer.seal_once()
        carrier.carry_once()
    finally:
        sealer.release()
        carrier.release()
