"""What beat asks of tenants: whole mirrors, and stores that do not grow for ever."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from tenants.connections import metrics_for
from tenants.selectors import every_environment
from tenants.services import tenancy
from vamp.contention import held_apart
from vamp.ports.errors import PortError

log = logging.getLogger("tenants")


@shared_task(name="tenants.mirror", ignore_result=True)
def mirror() -> None:
    """Copy the rows of environments into their own databases, for crashes between the two."""
    for environment in every_environment():
        # That database being away must not keep the others from theirs.
        with held_apart("mirror.failed", environment=str(environment)):
            tenancy.mirror(environment)


@shared_task(name="tenants.prune_traffic", ignore_result=True)
def prune_traffic() -> None:
    """Forget rolled-up traffic that is older than the installation keeps it."""
    before = timezone.now() - timedelta(days=settings.VAMP.rollup_retention_days)
    for environment in every_environment():
        try:
            metrics_for(environment).prune(before=before)
        except PortError as error:
            log.warning(
                "traffic.not_pruned", extra={"environment": str(environment), "error": str(error)}
            )
