"""Writing the scheduler's view into rows: one transaction, and none where nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from gateways import events
from gateways.models import Instance, Service, ServiceVersion
from gateways.services.discovery.difference import Difference, VersionKey, difference
from gateways.services.discovery.narrowing import Narrowed, narrowed
from gateways.services.generations import raise_generations
from gateways.services.locking import serialise
from gateways.services.scope import Scope
from gateways.services.selection import reselect
from tenants.models import Environment
from tenants.services.standing import require_active
from vamp.contention import repeated
from vamp.ports.scheduler import Snapshot

ACTOR = "vamp:discovery"
BATCH = 500
MOST_NARROWED = 2_000
"""Of more instances that changed, all rows are read: that is then the quicker way."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a comparison changed.

    Attributes:
        is_changed: anything was written at all.
        appeared, vanished: versions that came and went.
        gateways: names of the gateways that agents must hear of.
    """

    is_changed: bool = False
    appeared: tuple[VersionKey, ...] = ()
    vanished: tuple[VersionKey, ...] = ()
    gateways: tuple[str, ...] = ()


@repeated
def reconcile(
    environment: Environment, snapshot: Snapshot, *, since: Snapshot | None = None
) -> Reconciled:
    """Make the environment's services, versions and instances those of `snapshot`.

    A gateway whose routes lead to changed endpoints gets a new generation, and selectors make or
    take routes as versions come and go, all in the same transaction.

    Cost: three reads where nothing changed, and no write; else statements in batches of `BATCH`.

    Args:
        environment: whose rows.
        snapshot: what its scheduler says.
        since: what the rows were last made, by the one who alone writes them: then only rows of
            what differs between the two are read. None reads all rows.

    Raises:
        NotActive: the environment is archived or being deleted.
    """
    narrow = None if since is None else narrowed(since, snapshot)
    if narrow is None or len(narrow.uids) > MOST_NARROWED:
        found = _difference(environment, snapshot)
    elif narrow.keys:
        found = _narrow_difference(environment, narrow)
    else:
        return Reconciled()
    if found.is_empty:
        return Reconciled()
    require_active(environment)
    scope = Scope(environment, ACTOR)
    with transaction.atomic(using=environment.database):
        if found.appeared or found.vanished:
            serialise(scope)
        _write(environment, found)
        names = set(raise_generations(environment, found.touched))
        if found.appeared or found.vanished:
            names |= set(reselect(scope))
        _tell(scope, found, sorted(names))
    return Reconciled(True, tuple(found.appeared), tuple(found.vanished), tuple(sorted(names)))


def _difference(environment: Environment, snapshot: Snapshot) -> Difference:
    services = list(Service.objects.in_environment(environment).values_list("name", flat=True))
    versions = {
        (row.service.name, row.name): row
        for row in ServiceVersion.objects.in_environment(environment).select_related("service")
    }
    by_id = {row.pk: row for row in versions.values()}
    instances = {}
    for row in Instance.objects.in_environment(environment):
        row.version = by_id[row.version_id]
        instances[row.uid] = row
    return difference(versions, services, instances, snapshot)


def _narrow_difference(environment: Environment, narrow: Narrowed) -> Difference:
    """Compare only rows of what may differ. The statements grow with that, not with the rest."""
    names = sorted({service for service, _ in narrow.keys})
    services: list[str] = []
    versions: dict[VersionKey, ServiceVersion] = {}
    for some in _batches(names):
        there = Service.objects.in_environment(environment).filter(name__in=some)
        services += there.values_list("name", flat=True)
        for row in (
            ServiceVersion.objects.in_environment(environment)
            .filter(service__name__in=some)
            .select_related("service")
        ):
            if (row.service.name, row.name) in narrow.keys:
                versions[row.service.name, row.name] = row
    instances = {
        row.uid: row
        for some in _batches(sorted(narrow.uids))
        for row in Instance.objects.in_environment(environment)
        .filter(uid__in=some)
        .select_related("version__service")
    }
    return difference(versions, services, instances, narrow.snapshot)


def _batches(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), BATCH):
        yield names[start : start + BATCH]


def _write(environment: Environment, found: Difference) -> None:
    database = environment.database
    Service.objects.using(database).bulk_create(
        [Service(environment=environment, name=name) for name in found.new_services],
        batch_size=BATCH,
    )
    if found.new_versions:
        names = sorted({version.service for version in found.new_versions})
        services = {
            row.name: row
            for some in _batches(names)
            for row in Service.objects.in_environment(environment).filter(name__in=some)
        }
        ServiceVersion.objects.using(database).bulk_create(
            [
                ServiceVersion(
                    environment=environment,
                    service=services[version.service],
                    name=version.version,
                    desired=version.desired,
                    labels=dict(version.labels),
                )
                for version in found.new_versions
            ],
            batch_size=BATCH,
        )
    ServiceVersion.objects.using(database).bulk_update(
        found.changed_versions, ["desired", "labels", "is_present"], batch_size=BATCH
    )
    _write_instances(environment, found)


def _write_instances(environment: Environment, found: Difference) -> None:
    rows = Instance.objects.using(environment.database)
    for start in range(0, len(found.gone_instances), BATCH):
        rows.filter(pk__in=found.gone_instances[start : start + BATCH]).delete()
    rows.bulk_update(
        found.changed_instances,
        ["host", "port", "is_ready", "since", "restarts", "reason"],
        batch_size=BATCH,
    )
    if not found.new_instances:
        return
    services = sorted({instance.service for instance in found.new_instances})
    versions = {
        (service, name): pk
        for some in _batches(services)
        for pk, service, name in ServiceVersion.objects.in_environment(environment)
        .filter(service__name__in=some)
        .values_list("pk", "service__name", "name")
    }
    rows.bulk_create(
        [
            Instance(
                environment=environment,
                version_id=versions[instance.service, instance.version],
                uid=instance.uid,
                host=instance.host,
                port=instance.port,
                is_ready=instance.is_ready,
                since=instance.since,
                restarts=instance.restarts,
                reason=instance.reason,
            )
            for instance in found.new_instances
        ],
        batch_size=BATCH,
    )


def _tell(scope: Scope, found: Difference, gateways: list[str]) -> None:
    for service, version in found.appeared:
        scope.emit(events.VERSION_APPEARED, {"service": service, "version": version})
    for service, version in found.vanished:
        scope.emit(events.VERSION_VANISHED, {"service": service, "version": version})
    if gateways:
        scope.emit(events.INSTANCES_CHANGED, {"gateways": gateways[:BATCH]})
