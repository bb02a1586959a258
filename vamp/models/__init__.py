"""Rows of the core: events, audit trail, leases, rolled-up traffic. They exist in every database."""

from vamp.models.audit import AuditCheckpoint, AuditEntry, AuditGap
from vamp.models.dead_task import DeadTask
from vamp.models.fence import Fence
from vamp.models.lease import Lease
from vamp.models.lock import NamedLock
from vamp.models.outbox import DeadLetter, OutboxEvent, StreamCursor
from vamp.models.rollup import RollupRow

__all__ = [
    "AuditCheckpoint",
    "AuditEntry",
    "AuditGap",
    "DeadLetter",
    "DeadTask",
    "Fence",
    "Lease",
    "NamedLock",
    "OutboxEvent",
    "RollupRow",
    "StreamCursor",
]
