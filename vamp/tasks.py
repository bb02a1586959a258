"""The core's own tasks."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from vamp.databases import aliases
from vamp.models import OutboxEvent
from vamp.processes.auditing import Carrier, Sealer

PRUNE_BATCH = 5_000


@shared_task(name="vamp.prune", ignore_result=True)
def prune() -> None:
    """Forget events that are older than the installation keeps them, in small batches."""
    before = timezone.now() - timedelta(days=settings.VAMP.event_retention_days)
    for database in aliases():
        events = OutboxEvent.objects.using(database).filter(emitted_at__lt=before)
        while True:
            batch = list(events.exclude(position=None).values_list("pk", flat=True)[:PRUNE_BATCH])
            if not batch:
                break
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
