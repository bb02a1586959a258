"""Retention: entries go, and what is left can be verified all the same.

Organisations keep their entries for different times, so entries go from the middle of a chain. In
their place stays a gap: the first and last position and the links on both sides, signed. Gaps that
touch become one, so there is never more than one gap for each entry that is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from vamp import locks
from vamp.audit.hashing import GENESIS
from vamp.audit.recording import record
from vamp.audit.sealing import LOCK
from vamp.audit.signing import Keys, KeysUnreadable, gap_statement
from vamp.models.audit import AuditCheckpoint, AuditEntry, AuditGap

BATCH = 2_000
RUNS = 250
"""Entries, and runs of them, that go in one transaction: the sealer waits for it. Each run takes four
statements; of an organisation among others there may be as many runs as entries."""

ACTOR = "vamp:retention"
PRUNED = "audit.pruned"


@dataclass(frozen=True, slots=True)
class Run:
    """Positions without a break, with the links on both sides."""

    first: int
    last: int
    before: str
    after: str


def runs_of(sealed: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Yield first position, last position and last link of each run of positions. Pure.

    Args:
        sealed: position and link of entries, in order of position.
    """
    begun = 0
    for place, (position, link) in enumerate(sealed):
        is_last = place + 1 == len(sealed) or sealed[place + 1][0] != position + 1
        if is_last:
            yield sealed[begun][0], position, link
            begun = place + 1


def forget(database: str, organisation: str, *, before: datetime, keys: Keys) -> int:
    """Forget sealed entries of an organisation from before `before`, and say so in its trail.

    Killed at any moment it has done some batches whole, and the next call goes on. Only what is
    sealed goes: what is not has no place that could be kept.

    Args:
        database: alias.
        organisation: name; empty for entries of no organisation.
        before: aware.
        keys: sign the gaps.

    Returns:
        How many went.

    Raises:
        KeysUnreadable: the head of the chain is signed by none of `keys`.
    """
    total = 0
    while count := _forget_batch(database, organisation, before, keys):
        total += count
    return total


def _forget_batch(database: str, organisation: str, before: datetime, keys: Keys) -> int:
    old = (
        AuditEntry.objects.using(database)
        .filter(organisation=organisation, at__lt=before)
        .exclude(position=None)
    )
    if not old.exists():
        return 0
    _check_key(database, keys)
    with transaction.atomic(using=database):
        locks.hold(LOCK, using=database)
        # By time, which the index of the organisation has; whose places are then in order is ours
        # to say. To ask for them by place would read through everybody's chain for each batch.
        found = old.order_by("at", "id").values_list("position", "link")[:BATCH]
        sealed = sorted((int(position or 0), link) for position, link in found)
        runs = list(islice(runs_of(sealed), RUNS))
        for first, last, after in runs:
            _leave_gap(database, first, last, after, keys)
            AuditEntry.objects.using(database).filter(
                position__gte=first, position__lte=last
            ).delete()
        count = sum(last - first + 1 for first, last, _ in runs)
        record(
            ACTOR,
            PRUNED,
            "audit",
            organisation or "installation",
            using=database,
            organisation=organisation,
            after={"entries": count, "older_than": before.isoformat(), "database": database},
        )
    return count


def _check_key(database: str, keys: Keys) -> None:
    """Refuse to sign with keys that were turned over without this process's hearing of it."""
    head = AuditCheckpoint.objects.using(database).order_by("-position").first()
    if head is not None and head.key_id not in keys:
        raise KeysUnreadable(f"the chain of {database} is signed by a key that is not known here")


def _leave_gap(database: str, first: int, last: int, after: str, keys: Keys) -> None:
    """Leave a gap in the place of a run whose last link is `after`; one with those that it touches."""
    gaps = AuditGap.objects.using(database)
    touching = list(gaps.filter(Q(last=first - 1) | Q(first=last + 1)))
    left = next((gap for gap in touching if gap.last == first - 1), None)
    right = next((gap for gap in touching if gap.first == last + 1), None)
    run = Run(first, last, left.before if left else _link_before(database, first), after)
    if left is not None:
        run = replace(run, first=left.first)
    if right is not None:
        run = replace(run, last=right.last, after=right.after)
    if touching:
        gaps.filter(pk__in=[gap.pk for gap in touching]).delete()
    at = timezone.now()
    statement = gap_statement(database, run.first, run.last, run.before, run.after, at)
    gaps.create(
        first=run.first,
        last=run.last,
        before=run.before,
        after=run.after,
        at=at,
        key_id=keys.current,
        signature=keys.sign(statement),
    )
    _drop_checkpoints(database, run)


def _link_before(database: str, first: int) -> str:
    """Return the link of the entry before `first`, where no gap is."""
    if first == 1:
        return GENESIS
    row = AuditEntry.objects.using(database).filter(position=first - 1).first()
    # Where the one before was removed by others, its link is not known; the walk finds that.
    return row.link if row else ""


def _drop_checkpoints(database: str, run: Run) -> None:
    """Drop checkpoints of which nothing is left to compare, but never the head."""
    if run.first == run.last:
        return
    checkpoints = AuditCheckpoint.objects.using(database)
    head = checkpoints.order_by("-position").values_list("position", flat=True).first()
    inside = checkpoints.filter(position__gte=run.first, position__lt=run.last)
    inside.exclude(position=head or 0).delete()
