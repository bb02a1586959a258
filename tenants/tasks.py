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
from tenants.selectors import (
    environment_by_id,
    kept_environments,
    namespace_row,
    namespace_rows,
    running_deletions,
)
from tenants.services import (
    agent_keys,
    deletion_run,
    events_key_ends,
    leftovers,
    lockout,
    moves,
    namespaces,
    preparation,
    retention,
    salts,
    sessions,
    tenancy,
)
from tenants.services.setup import running
from vamp import leases
from vamp.contention import close_broken, held_apart
from vamp.databases import DEFAULT
from vamp.one_at_a_time import OneAtATime
from vamp.ports.errors import PortError

HOUR_S = 3_600.0

log = logging.getLogger("tenants")


@shared_task(name="tenants.mirror", ignore_result=True)
def mirror() -> None:
    """Copy the rows of environments into their own databases, for crashes between the two."""
    for environment in kept_environments():
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


@shared_task(name="tenants.prune_audit", ignore_result=True)
def prune_audit() -> None:
    """Forget entries of the audit trail that their organisation keeps no longer.

    Days begin at midnight UTC, so each organisation's trail says it at most once a day.
    """
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with leases.once("vamp.audit.prune", using=DEFAULT, seconds=HOUR_S) as is_ours:
        if not is_ours:
            return
        for organisation, days in retention.kept_days():
            if days:
                retention.forget(organisation, before=today - timedelta(days=days))


@shared_task(name="tenants.prune_traffic", ignore_result=True)
def prune_traffic() -> None:
    """Forget rolled-up traffic and raw log lines that are older than the installation keeps them."""
    now = timezone.now()
    before = now - timedelta(days=settings.VAMP.rollup_retention_days)
    lines_before = now - timedelta(days=settings.VAMP.lines_retention_days)
    for environment in kept_environments():
        try:
            metrics_for(environment).prune(before=before)
            if (lines := lines_for(environment)) is not None:
                lines.prune(before=lines_before)
        except PortError as error:
            log.warning("traffic.not_pruned", extra={**environment.names, "error": str(error)})


@shared_task(name="tenants.storage", ignore_result=True, time_limit=3_600)
def storage() -> None:
    """Go on with what moves, and with databases that are being prepared; see `OneAtATime`."""
    _storage.run()


def _go_on() -> None:
    agent_keys.end_due()
    for database in preparation.due():
        with held_apart("database.not_prepared", database=database.alias):
            preparation.prepare(database)
    for move in moves.due():
        try:
            moves.run(move)
        except Exception:  # a defect in one must not hold up the others
            log.exception("move.not_gone_on", extra=move.environment.names)
            close_broken()


_storage = OneAtATime(_go_on)


@shared_task(name="tenants.continue_deletion", ignore_result=True)
def continue_deletion(deletion_id: int) -> None:
    """Go on with one deletion. Idempotent.

    Args:
        deletion_id: id of its row.
    """
    deletion_run.continue_deletion(deletion_id)


@shared_task(name="tenants.continue_deletion_of", ignore_result=True)
def continue_deletion_of(key: str) -> None:
    """Go on with the deletion of one organisation or environment. Idempotent.

    Args:
        key: ``environment/<id>`` or ``organisation/<id>``.
    """
    for pk in running_deletions(key):
        deletion_run.continue_deletion(pk)


@shared_task(name="tenants.continue_deletions", ignore_result=True)
def continue_deletions() -> None:
    """Go on with every deletion that is not over: the net under lost events and dead workers."""
    for pk in running_deletions():
        continue_deletion.delay(pk)


@shared_task(name="tenants.end_events_key", ignore_result=True)
def end_events_key(token_id: int) -> None:
    """End at once what the agents of a token hear events with, as far as it is due. Idempotent.

    What the server cannot be told now stays for the sweep.

    Args:
        token_id: of the token, which may be gone.
    """
    try:
        events_key_ends.work_off(token_id=token_id)
    except PortError as error:
        log.info("events_key.left_to_sweep", extra={"error": str(error)})


@shared_task(name="tenants.end_events_keys", ignore_result=True)
def end_events_keys() -> None:
    """End what agents hear events with and should not: the net under servers that were away."""
    try:
        events_key_ends.work_off(wait_s=0.0)
    except PortError as error:
        log.info("events_key.left_to_sweep", extra={"error": str(error)})


@shared_task(name="tenants.clear_up", ignore_result=True)
def clear_up() -> None:
    """Remove what came late of organisations that are gone."""
    leftovers.clear_up()


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
