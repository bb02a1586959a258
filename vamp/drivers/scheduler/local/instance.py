"""One instance: what the supervisor knows of it, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vamp.drivers.scheduler.local.definition import Workload
from vamp.drivers.scheduler.local.processes import HeldProcess, ProcessId
from vamp.drivers.scheduler.local.status import InstanceStatus

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_S = 10.0
"""An instance that was ready for so long and then ends did not crash at its start."""


class Phase(StrEnum):
    """Where an instance is in its life."""

    WAITING = "waiting"  # has no process; is started once its time has come
    RUNNING = "running"
    DRAINING = "draining"  # told unready, still serves those who have not heard
    STOPPING = "stopping"  # was sent SIGTERM


@dataclass(slots=True)
class Instance:
    """State of one instance. Times ending in ``_at`` are of the monotonic clock.

    Attributes:
        fingerprint: of what it was started for; another one makes it outdated.
        process: None while there is none.
        held: the child, where this supervisor started it; None for one taken over.
        since: when `is_ready` last changed.
        crashes: ends in a row without a steady time in between.
        failures: failed probes in a row.
        due_at: when its phase has something to do next.
        probe_at: when to probe next.
        ready_at: since when it is ready, None if it is not.
        launched_at: when its process was started.
    """

    uid: str
    workload: Workload
    fingerprint: str
    port: int
    since: datetime
    phase: Phase = Phase.WAITING
    process: ProcessId | None = None
    held: HeldProcess | None = None
    is_ready: bool = False
    was_ready: bool = False
    is_probed: bool = False
    leader_ended: bool = False
    restarts: int = 0
    reason: str = "starting"
    crashes: int = 0
    failures: int = 0
    due_at: float = 0.0
    probe_at: float = 0.0
    ready_at: float | None = None
    launched_at: float = 0.0

    @property
    def is_leaving(self) -> bool:
        """Whether it is on its way out."""
        return self.phase in (Phase.DRAINING, Phase.STOPPING)

    def tell(self, *, is_ready: bool, reason: str, now: datetime) -> None:
        """Set readiness and the reason for it."""
        if is_ready != self.is_ready:
            self.since = now
        self.is_ready, self.reason = is_ready, reason

    def pause_after_end(self, now_s: float) -> float:
        """Count one more end and return for how many seconds to wait before the next start."""
        if self.ready_at is not None and now_s - self.ready_at >= STEADY_S:
            self.crashes = 0
        self.crashes += 1
        return min(FIRST_PAUSE_S * 2.0 ** min(self.crashes - 1, 16), LONGEST_PAUSE_S)

    def status(self) -> InstanceStatus:
        """Return what stands in ``status.json``."""
        return InstanceStatus(
            uid=self.uid,
            service=self.workload.service,
            version=self.workload.version,
            host=self.workload.host,
            port=self.port,
            is_ready=self.is_ready,
            since=self.since.isoformat(),
            restarts=self.restarts,
            reason=self.reason,
            labels=dict(self.workload.labels),
            phase=self.phase.value,
            fingerprint=self.fingerprint,
            pid=self.process.pid if self.process else 0,
            pid_started=self.process.started if self.process else 0,
        )
