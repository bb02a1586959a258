"""``status.json``: what runs, as the supervisor last saw it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from vamp.ports.scheduler import ObservedInstance, ObservedVersion, Snapshot

STATUS = "status.json"
SUPERVISOR_LOCK = "supervisor.lock"
"""Held by the supervisor for its life, so that others see at once whether one is there."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """One instance. What `ObservedInstance` has, and what a new supervisor needs to take it over.

    Attributes:
        since: when `is_ready` last changed, ISO 8601 in UTC.
        phase: see `vamp.drivers.scheduler.local.instance.Phase`.
        fingerprint: of the workload and restart wish that it was started for.
        pid: process, and leader of its process group; 0 if there is none.
        pid_started: clock ticks from the machine's start to the process's: pids are used again.
    """

    uid: str
    service: str
    version: str
    host: str
    port: int
    is_ready: bool
    since: str
    restarts: int
    reason: str
    labels: Mapping[str, str]
    phase: str
    fingerprint: str
    pid: int
    pid_started: int

    def observed(self) -> ObservedInstance:
        """Return it as the port shows it."""
        return ObservedInstance(
            uid=self.uid,
            service=self.service,
            version=self.version,
            host=self.host,
            port=self.port,
            is_ready=self.is_ready,
            since=datetime.fromisoformat(self.since),
            restarts=self.restarts,
            reason=self.reason,
            labels=self.labels,
        )


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """One version of the definition.

    Attributes:
        desired: instances asked for, by the definition or by a later wish.
        defined: instances that the definition asks for.
    """

    service: str
    version: str
    desired: int
    defined: int
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Status:
    """All of ``status.json``.

    Attributes:
        revision: counts up with every change.
        machine_boot: the machine's boot; pids of another one mean nothing.
        supervisor: pid of the process that wrote it.
        faults: why ``services.yaml`` could not be read; empty if it could.
    """

    revision: int = 0
    machine_boot: str = ""
    supervisor: int = 0
    faults: tuple[str, ...] = ()
    versions: tuple[VersionStatus, ...] = ()
    instances: tuple[InstanceStatus, ...] = field(default=())

    def snapshot(self) -> Snapshot:
        """Return it as the port shows it."""
        return Snapshot(
            instances=tuple(instance.observed() for instance in self.instances),
            versions=tuple(
                ObservedVersion(found.service, found.version, found.desired, found.labels)
                for found in self.versions
            ),
            cursor=str(self.revision),
        )

    def is_same_but_for_revision(self, other: Status) -> bool:
        """Tell whether nothing that is told has changed."""
        return replace(self, revision=other.revision) == other


def write_status(folder: Path, status: Status) -> None:
    """Put `status` in place of what is there; readers see the old or the new whole."""
    draft = folder / f"{STATUS}.new"
    # No fsync: after a loss of power no process of it runs, so nothing of it is needed.
    draft.write_text(json.dumps({"format": _FORMAT, **asdict(status)}, indent=1) + "\n")
    draft.replace(folder / STATUS)


def read_status(folder: Path) -> Status | None:
    """Return what the supervisor last wrote, or None if there is nothing usable."""
    try:
        found = json.loads((folder / STATUS).read_text())
        if found.pop("format") != _FORMAT:
            return None
        versions = tuple(VersionStatus(**version) for version in found.pop("versions"))
        instances = tuple(InstanceStatus(**instance) for instance in found.pop("instances"))
        faults = tuple(found.pop("faults"))
        return Status(**found, faults=faults, versions=versions, instances=instances)
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
