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
from tenants.secrets import INSTALLATION
from tenants.selectors import every_environment, namespace_row, namespace_rows
from tenants.services import lockout, namespaces, salts, sessions, tenancy
from vamp.contention import held_apart
from vamp.databases import DEFAULT
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


@shared_task(name="tenants.prune_sign_ins", ignore_result=True)
def prune_sign_ins() -> None:
    """Forget sessions and counts of failures that are over, and salts that nobody needs."""
    sessions.prune()
    lockout.prune()
    for holder in (INSTALLATION, *Organisation.objects.using(DEFAULT)):
        try:
            salts.drop_unused_salts(holder)
        except (PortError, NamespaceUnreadable) as error:
            log.warning("salts.not_dropped", extra={"namespace": str(holder), "error": str(error)})
