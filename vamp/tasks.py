"""The core's own tasks."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from vamp.databases import aliases
from vamp.models import OutboxEvent

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
