"""Asking the scheduler for more, fewer or fresh instances of a version."""

from __future__ import annotations

from django.db import transaction

from gateways.models import ServiceVersion
from gateways.services.scope import Scope
from tenants.connections import scheduler_for
from tenants.models import Environment
from tenants.services.standing import require_active
from vamp.errors import NotFound
from vamp.ports.scheduler import Scheduler


def scale_version(
    environment: Environment,
    service: str,
    version: str,
    instances: int,
    *,
    actor: str,
    scheduler: Scheduler | None = None,
) -> None:
    """Ask the environment's scheduler for `instances` copies of a version.

    Returns when the wish is recorded; what became of it is discovered like any other change. The
    audit entry is written after the scheduler took the wish, so a crash between the two loses the
    entry and not the wish.

    Raises:
        NotFound: the environment has no such version.
        NotActive: the environment is archived or being deleted.
        Invalid: the environment has no scheduler.
        PortError: the scheduler refused, or does not answer; repeating is safe.
    """
    _check(environment, service, version)
    (scheduler or scheduler_for(environment)).scale(service, version, instances)
    _audit(environment, actor, "version.scaled", f"{service} {version}", {"instances": instances})


def restart_version(
    environment: Environment,
    service: str,
    version: str,
    *,
    actor: str,
    scheduler: Scheduler | None = None,
) -> None:
    """Ask the environment's scheduler to replace every instance of a version, one by one.

    Raises:
        NotFound: the environment has no such version.
        Invalid: the environment has no scheduler.
        PortError: the scheduler refused, or does not answer.
    """
    _check(environment, service, version)
    (scheduler or scheduler_for(environment)).restart(service, version)
    _audit(environment, actor, "version.restarted", f"{service} {version}", {})


def _check(environment: Environment, service: str, version: str) -> None:
    require_active(environment)
    rows = ServiceVersion.objects.in_environment(environment)
    if not rows.filter(service__name=service, name=version, is_present=True).exists():
        raise NotFound(f"There is no version {version} of service {service} in {environment}.")


def _audit(
    environment: Environment, actor: str, verb: str, name: str, after: dict[str, object]
) -> None:
    scope = Scope(environment, actor)
    with transaction.atomic(using=scope.database):
        scope.audit(verb, name, after=after)
