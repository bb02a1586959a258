"""Sealing: entries get their places in the chain, and the head of the chain is signed.

Whoever writes an entry does not wait for the chain. One process per database, which holds the lease
`LEASE`, links what was committed, in batches, each one transaction: positions, links and the signed
head come together or not at all. Should two believe that they may, the unique positions let one
batch through and the other is made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from vamp import locks
from vamp.audit.hashing import GENESIS, Content, digest, link
from vamp.audit.signing import Keys, checkpoint_statement
from vamp.contention import repeated
from vamp.models.audit import AuditCheckpoint, AuditEntry, AuditGap

LEASE = "vamp.audit.seal"
LOCK = "vamp.audit.chain"
BATCH = 500

CHECKPOINT_EVERY = 1_000
"""One signed checkpoint stays in each so many positions; the others were heads for a while."""


class ChainBroken(Exception):
    """The signed head is not what the rows say: nothing is sealed upon it.

    To go on would put our signature under what somebody changed. Run ``manage.py audit verify``;
    once it is known what happened, ``manage.py audit acknowledge`` lets sealing go on.
    """


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends.

    Attributes:
        position: of the last entry that is sealed, 0 for none; link: its link.
    """

    position: int = 0
    link: str = GENESIS


def seal(database: str, keys: Keys, *, batch: int = BATCH) -> int:
    """Link every committed entry of `database` that is not in the chain yet.

    Order is that of ids within a batch; an entry that commits after one with a higher id was
    sealed comes behind that one. Cost: one statement where there is nothing to do.

    Args:
        database: alias.
        keys: sign the head.
        batch: entries in one transaction.

    Returns:
        How many were linked.

    Raises:
        ChainBroken: the head is not signed by us, or not what the rows say.
        IntegrityError: a rival sealed at the same time, or a foreign row is in the way; nothing of
            this batch was kept.
    """
    total = 0
    while True:
        # Read without a lock: where nothing is new, nobody is kept out.
        if not AuditEntry.objects.using(database).filter(position=None).exists():
            return total
        count = _seal_next(database, keys, batch)
        total += count
        if count < batch:
            return total


def head_of(database: str, keys: Keys) -> Head:
    """Return where the chain of `database` ends. Two queries.

    Raises:
        ChainBroken: see `seal`.
    """
    found = AuditCheckpoint.objects.using(database).order_by("-position").first()
    end = end_of(database)
    if found is None and end.position == 0:
        return end
    if found is None or not is_signed(found, database, keys):
        raise ChainBroken(f"the head of the audit chain of {database} is not signed by us")
    if end != Head(found.position, found.link):
        raise ChainBroken(
            f"the audit chain of {database} ends at {end.position} and not as it was signed,"
            f" at {found.position}"
        )
    return end


def end_of(database: str) -> Head:
    """Return the last place that rows or gaps speak of, signed or not. Two queries."""
    gap = AuditGap.objects.using(database).order_by("-last").first()
    row = (
        AuditEntry.objects.using(database)
        .exclude(position=None)
        .order_by("-position")
        .values_list("position", "link")
        .first()
    )
    position, link_there = (int(row[0] or 0), row[1]) if row else (0, GENESIS)
    if row is not None and (gap is None or position > gap.last):
        return Head(position, link_there)
    return Head(gap.last, gap.after) if gap else Head()


def is_signed(checkpoint: AuditCheckpoint, database: str, keys: Keys) -> bool:
    """Tell whether `checkpoint` of `database` is one of ours. Pure."""
    statement = checkpoint_statement(database, checkpoint.position, checkpoint.link, checkpoint.at)
    return keys.has_signed(statement, key_id=checkpoint.key_id, signature=checkpoint.signature)


def content_of(row: AuditEntry) -> Content:
    """Return what an entry says, as its digest covers it."""
    return Content(
        at=row.at,
        organisation=row.organisation,
        environment=row.environment,
        actor=row.actor,
        token=row.token,
        verb=row.verb,
        kind=row.kind,
        name=row.name,
        before=row.before,
        after=row.after,
        source_address=row.source_address,
        request_id=row.request_id,
    )


@repeated
def _seal_next(database: str, keys: Keys, batch: int) -> int:
    with transaction.atomic(using=database):
        return _seal_batch(database, keys, batch)


def _seal_batch(database: str, keys: Keys, batch: int) -> int:
    locks.hold(LOCK, using=database)
    rows = list(AuditEntry.objects.using(database).filter(position=None).order_by("id")[:batch])
    if not rows:
        return 0
    head = head_of(database, keys)
    places: list[tuple[Any, ...]] = []
    for row in rows:
        # From before there were digests: from here on it is fixed as well.
        own = row.digest or digest(content_of(row))
        position = head.position + 1
        head = Head(position, link(head.link, position=position, entry=row.pk, digest=own))
        places.append((position, head.link, own, row.pk))
    _place(database, places)
    sign_head(database, keys, head)
    return len(rows)


def _place(database: str, places: Sequence[tuple[Any, ...]]) -> None:
    connection = connections[database]
    quote = connection.ops.quote_name
    statement = (
        f"UPDATE {quote(AuditEntry._meta.db_table)} SET {quote('position')} = %s,"  # noqa: S608
        f" {quote('link')} = %s, {quote('digest')} = %s WHERE {quote('id')} = %s"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, places)


def sign_head(database: str, keys: Keys, head: Head) -> None:
    """Make `head` the signed head; the one before stays if it is the last of its thousand."""
    checkpoints = AuditCheckpoint.objects.using(database)
    begins = (head.position - 1) // CHECKPOINT_EVERY * CHECKPOINT_EVERY
    checkpoints.filter(position__gt=begins).delete()
    at = timezone.now()
    checkpoints.create(
        position=head.position,
        link=head.link,
        at=at,
        key_id=keys.current,
        signature=keys.sign(checkpoint_statement(database, head.position, head.link, at)),
    )
