"""Rows of the core: events, audit trail, leases, rolled-up traffic. They exist in every database."""

from vamp.models.audit import AuditEntry
from vamp.models.lease import Lease
from vamp.models.outbox import DeadLetter, OutboxEvent, StreamCursor
from vamp.models.rollup import RollupRow

__all__ = ["AuditEntry", "DeadLetter", "Lease", "OutboxEvent", "RollupRow", "StreamCursor"]
