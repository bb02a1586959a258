"""Signing with the present key what an old one signed: heads at once, the rest before it is dropped."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from vamp import locks
from vamp.audit.sealing import LOCK, is_signed
from vamp.audit.signing import Keys, checkpoint_statement, gap_statement
from vamp.audit.verifying import is_gap_signed
from vamp.models.audit import AuditCheckpoint, AuditGap

BATCH = 500


def sign_head_anew(database: str, keys: Keys) -> bool:
    """Sign the head of a chain with the current key; three statements.

    Returns:
        False where it is not signed by us: then it is left for a verification to find.
    """
    with transaction.atomic(using=database):
        locks.hold(LOCK, using=database)
        head = AuditCheckpoint.objects.using(database).order_by("-position").first()
        return head is None or _sign(head, database, keys)


def sign_anew(database: str, keys: Keys) -> int:
    """Sign with the current key whatever an old one of ours signed; safe to run again.

    What is not signed by us stays as it is. Cost: one read of each checkpoint and gap, and a
    write for each that an old key signed, `BATCH` in a transaction.

    Returns:
        How many signatures were made.
    """
    count = 0
    kinds: tuple[tuple[Any, str], ...] = ((AuditCheckpoint, "position"), (AuditGap, "first"))
    for rows, key in kinds:
        last = -1
        while True:
            with transaction.atomic(using=database):
                locks.hold(LOCK, using=database)
                found = rows.objects.using(database).filter(**{f"{key}__gt": last})
                old = list(found.exclude(key_id=keys.current).order_by(key)[:BATCH])
                count += sum(_sign(row, database, keys) for row in old)
            if len(old) < BATCH:
                break
            last = old[-1].pk
    return count


def _sign(row: AuditCheckpoint | AuditGap, database: str, keys: Keys) -> bool:
    """Put the current key's signature under what stands there, unless none of ours does."""
    if isinstance(row, AuditCheckpoint):
        is_ours = is_signed(row, database, keys)
        statement = checkpoint_statement(database, row.position, row.link, row.at)
    else:
        is_ours = is_gap_signed(row, database, keys)
        statement = gap_statement(database, row.first, row.last, row.before, row.after, row.at)
    if is_ours:
        row.key_id, row.signature = keys.current, keys.sign(statement)
        row.save(using=database, update_fields=["key_id", "signature"])
    return is_ours
