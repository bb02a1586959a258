"""The container scheduler: what runs, and asking for more or less of it.

Real: Kubernetes, Marathon. Embedded: processes of this machine, kept by a supervisor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from vamp.ports.checks import Checked


@dataclass(frozen=True, slots=True)
class ObservedInstance:
    """One running copy of one version of a service, as the scheduler sees it.

    Attributes:
        uid: unique in the environment and stable for the life of the instance.
        service: value of the environment's service label.
        version: value of the environment's version label.
        host: address that HAProxy can reach; empty while it has none, and then it is not ready.
        port: 1–65535; 0 while none is known, and then it is not ready.
        is_ready: may it receive traffic now.
        since: when `is_ready` last changed, aware UTC; Kubernetes tells whole seconds.
        restarts: how often the scheduler started it again.
        reason: why it is not ready, in a few words; empty when it is.
        labels: all its labels, for selectors.
    """

    uid: str
    service: str
    version: str
    host: str
    port: int
    is_ready: bool
    since: datetime
    restarts: int = 0
    reason: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObservedVersion:
    """One version of a service, with how many copies are wanted.

    Attributes:
        service: value of the service label; version: value of the version label.
        desired: instances asked for.
        labels: labels of the workload, for selectors.
    """

    service: str
    version: str
    desired: int
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that runs in an environment at one moment, sorted by uid (versions by name).

    Attributes:
        instances: every instance, ready or not.
        versions: every version that the scheduler knows, also those with no instance.
        cursor: hand it to `Scheduler.watch` to hear of what changed after this snapshot.
    """

    instances: Sequence[ObservedInstance]
    versions: Sequence[ObservedVersion]
    cursor: str


class Scheduler(Protocol):
    """The workloads of one environment. Every method may raise `PortUnavailable`."""

    def snapshot(self) -> Snapshot:
        """List everything. Cost: one listing; call it at start and every few minutes."""
        ...

    def watch(self, cursor: str, *, timeout_s: float) -> Iterator[Snapshot]:
        """Yield a fresh snapshot each time something changed after `cursor`; end after `timeout_s`.

        Changes that come in a burst may share one snapshot. The iterator ends early when the
        cursor is too old: take a new snapshot and watch from there.
        """
        ...

    def scale(self, service: str, version: str, instances: int) -> None:
        """Ask for `instances` (≥ 0) copies. Returns when the wish is recorded.

        Raises:
            PortRefused: there is no such version.
        """
        ...

    def restart(self, service: str, version: str) -> None:
        """Replace every instance, one after the other, each once the one before is ready."""
        ...

    def logs(self, uid: str, *, lines: int) -> Sequence[str]:
        """Return the last `lines` lines that the instance printed, oldest first.

        Raises:
            PortRefused: there is no such instance.
        """
        ...

    def check(self) -> Checked:
        """Look whether the scheduler answers, and lets us do all that is needed. Never raises."""
        ...
