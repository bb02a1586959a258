"""What beat asks of tenants: whole mirrors, and stores that do not grow for ever."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from tenants.connections import lines_for, metrics_for
from tenants.domain.namespace import NamespaceUnreadable
from tenants.models import Environment, Organisation
from tenants.selectors import environment_by_id, every_environment, namespace_row, namespace_rows
from tenants.services import namespaces, tenancy
from tenants.services.setup import running
from vamp.contention import held_apart
from vamp.ports.errors import PortError

log = logging.getLogger("tenants")


@shared_task(name="tenants.mirror", ignore_result=True)
def mirror() -> None:
    """Copy the rows of environments into their own databases, for crashes between the two."""
    for environment in every_environment():
        # That database being away must not keep the others from theirs.
        with held_apart("mirror.failed", **environment.names):
            tenancy.mirror(environment)


@shared_task(name="tenants.publish_configuration", ignore_result=True)
def publish_configuration(organisation: str, environment: str) -> None:
    """Bring one namespace's configuration into the key-value store. Idempotent.

    Args:
        organisation: name.
        environment: name; empty for the organisation's own configuration.
    """
    row = namespace_row(organisation, environment)
    if row is not None:
        _publish_configuration(row)


@shared_task(name="tenants.publish_configurations", ignore_result=True)
def publish_configurations() -> None:
    """Bring every namespace's configuration into the store: the net under lost events."""
    for row in namespace_rows():
        _publish_configuration(row)


def _publish_configuration(row: Organisation | Environment) -> None:
    try:
        namespaces.publish_configuration(row)
    except (PortError, NamespaceUnreadable) as error:
        log.warning(
            "configuration.not_published", extra={"namespace": row.path, "error": str(error)}
        )


@shared_task(name="tenants.prune_traffic", ignore_result=True)
def prune_traffic() -> None:
    """Forget rolled-up traffic and raw log lines that are older than the installation keeps them."""
    now = timezone.now()
    before = now - timedelta(days=settings.VAMP.rollup_retention_days)
    lines_before = now - timedelta(days=settings.VAMP.lines_retention_days)
    for environment in every_environment():
        try:
            metrics_for(environment).prune(before=before)
            if (lines := lines_for(environment)) is not None:
                lines.prune(before=lines_before)
        except PortError as error:
            log.warning("traffic.not_pruned", extra={**environment.names, "error": str(error)})


@shared_task(name="tenants.set_up", ignore_result=True)
def set_up(environment_id: int, number: int) -> None:
    """Do one run of an environment's set-up, unless it was begun. Idempotent.

    Args:
        environment_id: of the environment.
        number: of the run.
    """
    environment = environment_by_id(environment_id)
    if environment is not None:
        running.work_off(environment, number)


@shared_task(name="tenants.set_up_waiting", ignore_result=True)
def set_up_waiting() -> None:
    """Queue the set-ups that nobody has begun: the net under lost messages."""
    for environment_id, number in running.waiting_runs():
        set_up.delay(environment_id, number)
