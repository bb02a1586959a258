"""Verifying the trail of a database: rows, gaps, checkpoints and the anchor against each other.

What is proven, and what is not, says `docs/audit.md`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import TypeAlias

from django.db.models import Count, Min

from vamp.audit.anchoring import Anchor
from vamp.audit.findings import Tail, Verdict, What
from vamp.audit.hashing import digest
from vamp.audit.sealing import CHECKPOINT_EVERY, content_of, is_signed
from vamp.audit.signing import Keys, gap_statement
from vamp.audit.walking import Forgotten, Place, Signed, Walk
from vamp.models.audit import AuditCheckpoint, AuditEntry, AuditGap

READ = 1_000
"""Rows read at once; all that is held."""

Piece: TypeAlias = tuple[int, int, "Place | Forgotten | Signed"]
"""Position, rank at the same position, and what is there: a checkpoint comes after its entry."""


def verify(
    database: str,
    keys: Keys,
    *,
    anchor: Anchor | None = None,
    organisation: str = "",
    on_progress: Callable[[int], None] = lambda position: None,
) -> Verdict:
    """Walk the whole chain of `database`. Cost: one read of every entry, a thousand at a time.

    What is sealed or forgotten while the walk goes on is no finding.

    Args:
        database: alias.
        keys: of the installation.
        anchor: what the key-value store keeps of the chain, if it answers.
        organisation: report only what concerns its entries, or nobody's in particular.
        on_progress: told the position after each thousand.
    """
    head = _head(database)
    walk = Walk(lambda first, last: _are_forgotten(database, keys, first, last))
    seen_checkpoints: set[int] = set()
    for position, _, piece in heapq.merge(
        _places(database, head, on_progress),
        _gaps(database, keys, head),
        _checkpoints(database, keys, head),
        _anchored(database, keys, anchor, head),
        key=itemgetter(0, 1),
    ):
        if isinstance(piece, Place):
            walk.entry(piece)
        elif isinstance(piece, Forgotten):
            walk.gap(piece)
        else:
            walk.checkpoint(piece)
            seen_checkpoints.add((position - 1) // CHECKPOINT_EVERY)
    walk.end(head)
    _look_beyond(database, walk, head)
    _look_for_checkpoints(database, walk, head, seen_checkpoints)
    if anchor is not None and anchor.position > head:
        walk.end(anchor.position, why="as the key-value store remembers")
    return _verdict(database, walk, head, organisation)


def tail_of(database: str) -> Tail:
    """Return what is not sealed yet. One query."""
    found = AuditEntry.objects.using(database).filter(position=None)
    sums = found.aggregate(count=Count("pk"), oldest=Min("at"))
    return Tail(int(sums["count"]), sums["oldest"])


def _verdict(database: str, walk: Walk, head: int, organisation: str) -> Verdict:
    findings = [
        finding
        for finding in walk.findings
        if not organisation or finding.organisation in ("", organisation)
    ]
    findings.sort(key=lambda finding: finding.position or 0)
    return Verdict(
        database, walk.entries, head, tuple(findings), walk.more, walk.forgotten, tail_of(database)
    )


def _head(database: str) -> int:
    newest = AuditCheckpoint.objects.using(database).order_by("-position").first()
    return newest.position if newest else 0


def _places(database: str, head: int, on_progress: Callable[[int], None]) -> Iterator[Piece]:
    rows = AuditEntry.objects.using(database).order_by("position")
    after = None
    while True:
        here = rows.filter(position__lte=head)
        # A position below 1 is none that we gave; it is read as well.
        chunk = list((here if after is None else here.filter(position__gt=after))[:READ])
        for row in chunk:
            is_as_written = row.digest == digest(content_of(row))
            place = Place(
                row.position or 0, row.pk, row.organisation, row.digest, row.link, is_as_written
            )
            yield place.position, 0, place
        if len(chunk) < READ:
            on_progress(head)
            return
        after = chunk[-1].position
        on_progress(after or 0)


def _gaps(database: str, keys: Keys, head: int) -> Iterator[Piece]:
    rows = AuditGap.objects.using(database).order_by("first")
    after = -1
    while True:
        chunk = list(rows.filter(first__gt=after, first__lte=head)[:READ])
        for row in chunk:
            gap = Forgotten(
                row.first, row.last, row.before, row.after, is_gap_signed(row, database, keys)
            )
            # Behind an entry at the same position, which should not be there.
            yield row.first, 1, gap
        if len(chunk) < READ:
            return
        after = chunk[-1].first


def _checkpoints(database: str, keys: Keys, head: int) -> Iterator[Piece]:
    rows = AuditCheckpoint.objects.using(database).filter(position__lte=head)
    for row in rows.order_by("position").iterator(READ):
        signed = Signed(row.position, row.link, is_signed(row, database, keys))
        yield row.position, 2, signed


def _anchored(database: str, keys: Keys, anchor: Anchor | None, head: int) -> Iterator[Piece]:
    if anchor is not None and 0 < anchor.position <= head:
        signed = Signed(
            anchor.position, anchor.link, anchor.is_signed(database, keys), is_anchor=True
        )
        yield anchor.position, 3, signed


def is_gap_signed(row: AuditGap, database: str, keys: Keys) -> bool:
    """Tell whether a gap of `database` is one of ours. Pure."""
    statement = gap_statement(database, row.first, row.last, row.before, row.after, row.at)
    return keys.has_signed(statement, key_id=row.key_id, signature=row.signature)


def _are_forgotten(database: str, keys: Keys, first: int, last: int) -> bool:
    """Tell whether signed gaps cover these positions by now."""
    at = first
    for row in AuditGap.objects.using(database).filter(last__gte=first, first__lte=last):
        if row.first > at or not is_gap_signed(row, database, keys):
            return False
        at = row.last + 1
    return at > last


def _look_beyond(database: str, walk: Walk, head: int) -> None:
    """Find rows beyond the head that have positions: the sealer gives none without a signature."""
    if _head(database) != head:
        return  # it has gone on meanwhile; the next walk sees to those
    beyond = AuditEntry.objects.using(database).filter(position__gt=head).order_by("position")
    for row in beyond[:READ]:
        if _head(database) != head:
            return
        walk.find(
            What.INSERTED,
            row.position,
            f"entry {row.pk} claims position {row.position}, beyond the signed head at {head}",
            entry=row.pk,
            organisation=row.organisation,
        )


def _look_for_checkpoints(database: str, walk: Walk, head: int, seen: set[int]) -> None:
    """Find whole thousands of which no checkpoint is left, though entries are."""
    last = (head - 1) // CHECKPOINT_EVERY
    for number in range(last + 1 if head else 0):
        first = number * CHECKPOINT_EVERY + 1
        if number in seen or _is_thinned(database, first, first + CHECKPOINT_EVERY - 1):
            continue
        walk.find(
            What.UNSIGNED,
            first,
            f"no checkpoint is left of positions {first} to {first + CHECKPOINT_EVERY - 1}",
        )


def _is_thinned(database: str, first: int, last: int) -> bool:
    return AuditGap.objects.using(database).filter(last__gte=first, first__lte=last).exists()
