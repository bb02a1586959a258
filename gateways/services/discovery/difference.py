"""What changed between the rows and the scheduler's view. Pure but for reading rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateways.models import Instance, ServiceVersion
from vamp.ports.scheduler import ObservedInstance, ObservedVersion, Snapshot

VersionKey = tuple[str, str]
"""(service, version)."""


@dataclass(slots=True)
class Difference:
    """What has to be written so that the rows say what the scheduler says.

    Attributes:
        new_services: names.
        new_versions: versions to make.
        changed_versions: rows whose fields were set to what was observed; to be saved.
        new_instances: instances to make.
        changed_instances: rows whose fields were set to what was observed; to be saved.
        gone_instances: ids of rows to delete.
        touched: versions whose set of ready endpoints is another one than before.
        appeared, vanished: versions that the scheduler did not know before, or knows no more.
    """

    new_services: list[str] = field(default_factory=list)
    new_versions: list[ObservedVersion] = field(default_factory=list)
    changed_versions: list[ServiceVersion] = field(default_factory=list)
    new_instances: list[ObservedInstance] = field(default_factory=list)
    changed_instances: list[Instance] = field(default_factory=list)
    gone_instances: list[int] = field(default_factory=list)
    touched: set[VersionKey] = field(default_factory=set)
    appeared: list[VersionKey] = field(default_factory=list)
    vanished: list[VersionKey] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """True where nothing has to be written."""
        return not (
            self.new_services
            or self.new_versions
            or self.changed_versions
            or self.new_instances
            or self.changed_instances
            or self.gone_instances
        )


def difference(
    versions: Mapping[VersionKey, ServiceVersion],
    services: Sequence[str],
    instances: Mapping[str, Instance],
    snapshot: Snapshot,
) -> Difference:
    """Compare the rows with `snapshot`.

    Args:
        versions: the environment's version rows.
        services: names of its service rows.
        instances: its instance rows by uid, each with its version loaded.
        snapshot: what the scheduler says.
    """
    found = Difference()
    observed = _observed_versions(snapshot)
    found.new_services = sorted({service for service, _ in observed} - set(services))
    _compare_versions(found, versions, observed)
    _compare_instances(found, instances, snapshot.instances)
    return found


def _observed_versions(snapshot: Snapshot) -> dict[VersionKey, ObservedVersion]:
    observed = {(version.service, version.version): version for version in snapshot.versions}
    for instance in snapshot.instances:  # pods without a workload are versions all the same
        key = (instance.service, instance.version)
        observed.setdefault(key, ObservedVersion(*key, desired=0, labels=instance.labels))
    return observed


def _compare_versions(
    found: Difference,
    rows: Mapping[VersionKey, ServiceVersion],
    observed: Mapping[VersionKey, ObservedVersion],
) -> None:
    for key, version in observed.items():
        row = rows.get(key)
        if row is None:
            found.new_versions.append(version)
            found.appeared.append(key)
            continue
        wanted = (version.desired, dict(version.labels), True)
        if (row.desired, row.labels, row.is_present) != wanted:
            if not row.is_present:
                found.appeared.append(key)
            row.desired, row.labels, row.is_present = wanted
            found.changed_versions.append(row)
    for key, row in rows.items():
        if row.is_present and key not in observed:
            row.is_present, row.desired = False, 0
            found.changed_versions.append(row)
            found.vanished.append(key)


def _compare_instances(
    found: Difference, rows: Mapping[str, Instance], observed: Sequence[ObservedInstance]
) -> None:
    seen = set()
    for instance in observed:
        seen.add(instance.uid)
        row = rows.get(instance.uid)
        if row is None:
            found.new_instances.append(instance)
            if instance.is_ready:
                found.touched.add((instance.service, instance.version))
        elif _key(row) != (instance.service, instance.version):
            # A uid that changed its version is another instance; schedulers do not do this, but a
            # relabelled pod looks so.
            found.gone_instances.append(row.pk)
            found.new_instances.append(instance)
            found.touched |= {_key(row), (instance.service, instance.version)}
        else:
            _compare_instance(found, row, instance)
    for uid, row in rows.items():
        if uid not in seen:
            found.gone_instances.append(row.pk)
            if row.is_ready:
                found.touched.add(_key(row))


def _compare_instance(found: Difference, row: Instance, instance: ObservedInstance) -> None:
    endpoint = (row.host, row.port, row.is_ready)
    wanted = (instance.host, instance.port, instance.is_ready)
    rest = (row.since, row.restarts, row.reason)
    if endpoint == wanted and rest == (instance.since, instance.restarts, instance.reason):
        return
    row.host, row.port, row.is_ready = wanted
    row.since, row.restarts, row.reason = instance.since, instance.restarts, instance.reason
    found.changed_instances.append(row)
    if endpoint != wanted and (endpoint[2] or wanted[2]):
        found.touched.add(_key(row))


def _key(row: Instance) -> VersionKey:
    return row.version.service.name, row.version.name
