"""What beat and events ask of the Release Agent: text to ids, nothing decided."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from policies.models import HookDelivery, Release
from policies.services.hooks import deliver_due
from policies.services.starting import start_due
from policies.services.ticking import tick as tick_environment
from tenants.models import Environment
from tenants.selectors import active_environments, environment_by_id
from vamp import leases
from vamp.contention import held_apart
from vamp.one_at_a_time import OneAtATime

log = logging.getLogger("policies")

TICK_LEASE_S = 30.0


@shared_task(name="policies.tick", ignore_result=True, time_limit=120)
def tick() -> None:
    """Look at every running release, and start those that are due."""
    for environment in active_environments():
        name, using = f"policies.tick/{environment.pk}", environment.database
        with (
            held_apart("tick.failed", **environment.names),
            leases.once(name, using=using, seconds=TICK_LEASE_S) as is_ours,
        ):
            if is_ours:
                _tick(environment)


def _tick(environment: Environment) -> None:
    _start_due(environment)
    if Release.objects.in_environment(environment).active().exists():
        tick_environment(environment, timezone.now())


@shared_task(name="policies.start_due", ignore_result=True, time_limit=60)
def start_due_in(environment_id: int) -> None:
    """Start the releases that are due in one environment."""
    environment = environment_by_id(environment_id)
    if environment is not None and environment.is_active:
        _start_due(environment)


def _start_due(environment: Environment) -> None:
    started, skipped = start_due(environment)
    for release in started:
        log.info("release.started", extra={**environment.names, "release": str(release)})
    for each in skipped:
        log.warning(
            "release.not_started",
            extra={**environment.names, "gateway": each.gateway, "reason": each.reason},
        )


@shared_task(name="policies.deliver_hooks", ignore_result=True, time_limit=300)
def deliver_hooks() -> None:
    """Make the hook calls that are due; one thread of a worker at a time waits for others."""
    _hooks.run()


def _deliver_hooks() -> None:
    now = timezone.now()
    for environment in active_environments():
        with held_apart("hooks.not_delivered", **environment.names):
            if HookDelivery.objects.in_environment(environment).filter(next_at__lte=now).exists():
                deliver_due(environment)


_hooks = OneAtATime(_deliver_hooks)
