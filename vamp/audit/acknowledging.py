"""Letting sealing go on after a break that somebody looked at, such as a restored backup."""

from __future__ import annotations

from django.db import transaction

from vamp import locks
from vamp.audit import anchoring
from vamp.audit.recording import record
from vamp.audit.sealing import LOCK, Head, end_of, sign_head
from vamp.audit.signing import Keys
from vamp.models.audit import AuditCheckpoint
from vamp.ports.kv import KeyValueStore

ACKNOWLEDGED = "audit.acknowledged"


def acknowledge(database: str, keys: Keys, kv: KeyValueStore, *, actor: str, reason: str) -> Head:
    """Sign what is there as the head of the chain, and say in the trail why.

    Nothing is made good by it: what a verification finds within the chain it finds afterwards too.
    What was cut off at the end is not found any more; the entry that this leaves tells of it.

    Args:
        database: alias.
        keys: sign the head.
        kv: where the anchor lies; it is cast anew.
        actor: who looked at it.
        reason: what happened.

    Returns:
        The head as it is signed now.

    Raises:
        PortError: the anchor could not be cast; run it again.
    """
    anchor = anchoring.read(kv, database)
    with transaction.atomic(using=database):
        locks.hold(LOCK, using=database)
        checkpoints = AuditCheckpoint.objects.using(database)
        was = checkpoints.order_by("-position").values_list("position", flat=True).first()
        head = end_of(database)
        checkpoints.filter(position__gt=head.position).delete()
        if head.position:
            sign_head(database, keys, head)
        record(
            actor,
            ACKNOWLEDGED,
            "audit",
            database,
            using=database,
            organisation="",
            before={"head": was or 0, "anchor": anchor.position if anchor else 0},
            after={"head": head.position, "reason": reason},
        )
    anchoring.cast(kv, database, is_forced=True)
    return head
