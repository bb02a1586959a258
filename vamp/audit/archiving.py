"""Carrying sealed entries to the audit archives, at least once, in order of position.

One cursor per database goes along the chain. An archive that does not answer holds up no other: its
namespace falls behind, with a cursor of its own, until it has caught up. Entries of a namespace
that keeps no archive are passed over, as are those of a namespace that is gone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string
from prometheus_client import Counter

from vamp.audit.leading import compared
from vamp.models.audit import AuditEntry
from vamp.models.outbox import StreamCursor
from vamp.ports.audit import ArchivedEntry, AuditArchive
from vamp.ports.errors import PortError

log = logging.getLogger("vamp.audit")

LEASE = "vamp.audit.archive"
CURSOR = "audit.archive"
"""Name of the cursor; of a namespace that is behind, followed by ``:<organisation>/<environment>``."""

BEGUN = "audit.begun"
"""Name of the cursor, with a namespace as above, that stays at the first entry it ever handed over."""

BATCH = 500
SPAN = 100_000
"""Places of the chain that are looked through at once for a namespace that is behind."""

PAUSE_AFTER_ERROR_S = 10.0
"""An archive that did not answer is left alone for so long."""

ARCHIVED = Counter("vamp_audit_archived", "Audit entries handed to an archive.", ["database"])
REFUSED = Counter(
    "vamp_audit_refused", "Audit entries that an archive will never take.", ["database"]
)

Namespace: TypeAlias = tuple[str, str]
Opened: TypeAlias = Callable[[str, str], AuditArchive | None]
"""From the names of an organisation and environment to its archive; None where it keeps none."""


def archive_of(organisation: str, environment: str) -> AuditArchive | None:
    """Open a namespace's archive, as the tenants say; the core knows none of them."""
    opened: Opened = import_string(settings.AUDIT_ARCHIVES)
    return opened(organisation, environment)


@dataclass(slots=True)
class Archiving:
    """What one process carries. Used by one thread.

    Args:
        opened: see `archive_of`.
        clock_s: rising seconds.
    """

    opened: Opened = archive_of
    clock_s: Callable[[], float] = time.monotonic
    _paused: dict[Namespace, float] = field(default_factory=dict)
    _begun: set[tuple[str, Namespace]] = field(default_factory=set)

    def archive(self, database: str, beat: Callable[[], None] = lambda: None) -> int:
        """Carry everything of `database` that waits; return how many entries were handed over.

        Cost: four statements where nothing waits, and one request a namespace for each batch.

        Args:
            database: alias; whoever calls holds the lease.
            beat: called after each batch.
        """
        total = 0
        while True:
            for namespace, position in _behind(database).items():
                total += self._catch_up(database, namespace, position)
            # Read again: one that has caught up goes on with the others.
            count, handed = self._go_on(database, frozenset(_behind(database)))
            total += handed
            beat()
            if count < BATCH:
                return total

    def _go_on(self, database: str, behind: frozenset[Namespace]) -> tuple[int, int]:
        """Take the next batch; return how many it held, and how many were handed over."""
        at = _position(database)
        rows = list(_sealed(database).filter(position__gt=at).order_by("position")[:BATCH])
        if not rows:
            return 0, 0
        failed, handed = [], 0
        for namespace, mine in _by_namespace(rows).items():
            if namespace in behind:
                continue
            if self._is_written(database, namespace, mine):
                handed += len(mine)
            else:
                failed.append(namespace)
        with transaction.atomic(using=database):
            _move(database, CURSOR, rows[-1].position or at)
            for namespace in failed:
                _move(database, _name(namespace), at)
            for namespace in behind:
                # Also where a rival that thought it had the lease took it off the list meanwhile.
                _hold(database, _name(namespace), at)
        return len(rows), handed

    def _catch_up(self, database: str, namespace: Namespace, position: int) -> int:
        """Bring a namespace that is behind further; forget its cursor where it is not any more."""
        end = _position(database)
        until = min(end, position + SPAN)
        # In order of the chain, a part of it at a time; by namespace, all of its entries would be
        # sorted for each batch.
        mine = compared(
            _sealed(database).filter(position__gt=position, position__lte=until),
            {"organisation": namespace[0], "environment": namespace[1]},
        )
        rows = list(mine.order_by("position")[:BATCH])
        if rows and not self._is_written(database, namespace, rows):
            return 0
        is_last = len(rows) < BATCH
        with transaction.atomic(using=database):
            if is_last and until == end and _is_still_at(database, end):
                StreamCursor.objects.using(database).filter(consumer=_name(namespace)).delete()
            else:
                reached = until if is_last else rows[-1].position or position
                _move(database, _name(namespace), reached)
        return len(rows)

    def _is_written(self, database: str, namespace: Namespace, rows: Sequence[AuditEntry]) -> bool:
        if self._paused.get(namespace, float("-inf")) > self.clock_s():
            return False
        told = {"database": database, "organisation": namespace[0], "environment": namespace[1]}
        try:
            archive = self.opened(*namespace)
            refused = archive.write([archived(database, row) for row in rows]) if archive else {}
        except Exception as error:  # one tenant's store or settings hold up no other's entries
            is_expected = isinstance(error, PortError)
            log.warning(
                "audit.not_archived",
                extra={**told, "error": str(error)},
                exc_info=not is_expected,
            )
            self._paused[namespace] = self.clock_s() + PAUSE_AFTER_ERROR_S
            return False
        self._paused.pop(namespace, None)
        for identity, why in refused.items():
            log.error("audit.refused", extra={**told, "entry": identity, "error": why})
        if archive is not None:
            self._note_beginning(database, namespace, rows)
            REFUSED.labels(database).inc(len(refused))
            ARCHIVED.labels(database).inc(len(rows))
        return True

    def _note_beginning(
        self, database: str, namespace: Namespace, rows: Sequence[AuditEntry]
    ) -> None:
        """Remember where the archive of a namespace begins: one query, once for each process."""
        if (database, namespace) not in self._begun:
            _hold(database, _name(namespace, BEGUN), rows[0].position or 0)
            self._begun.add((database, namespace))


def archived(database: str, row: AuditEntry) -> ArchivedEntry:
    """Return a sealed row as the archive takes it."""
    return ArchivedEntry(
        database=database,
        position=row.position or 0,
        id=row.pk,
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
        digest=row.digest,
        link=row.link,
    )


def behind(database: str) -> Mapping[str, int]:
    """Return what is not carried yet: namespace → the position that it is at. For those who watch."""
    return {f"{o}/{e}" if e else o: at for (o, e), at in _behind(database).items()}


def carried_until(database: str, namespaces: Iterable[Namespace]) -> Mapping[Namespace, int]:
    """Return up to which position each namespace's entries were handed over. Two queries."""
    at, late = _position(database), _behind(database)
    return {namespace: late.get(namespace, at) for namespace in namespaces}


def _sealed(database: str) -> models.QuerySet[AuditEntry]:
    return AuditEntry.objects.using(database).exclude(position=None)


def _by_namespace(rows: Sequence[AuditEntry]) -> dict[Namespace, list[AuditEntry]]:
    found: dict[Namespace, list[AuditEntry]] = {}
    for row in rows:
        found.setdefault((row.organisation, row.environment), []).append(row)
    return found


def begun_at(database: str) -> Mapping[Namespace, int]:
    """Return the first position that was ever handed over, of each namespace. One query."""
    return _cursors(database, BEGUN)


def _behind(database: str) -> dict[Namespace, int]:
    return _cursors(database, CURSOR)


def _cursors(database: str, kind: str) -> dict[Namespace, int]:
    rows = StreamCursor.objects.using(database).filter(consumer__startswith=f"{kind}:")
    return dict(_namespaces(kind, rows.values_list("consumer", "position")))


def _namespaces(kind: str, rows: Iterable[tuple[str, int]]) -> Iterator[tuple[Namespace, int]]:
    for consumer, position in rows:
        organisation, _, environment = consumer.removeprefix(f"{kind}:").partition("/")
        yield (organisation, environment), position


def _name(namespace: Namespace, kind: str = CURSOR) -> str:
    return f"{kind}:{namespace[0]}/{namespace[1]}"


def _position(database: str) -> int:
    cursor = StreamCursor.objects.using(database).filter(consumer=CURSOR).first()
    return cursor.position if cursor else 0


def _is_still_at(database: str, position: int) -> bool:
    """Tell whether nobody moved the cursor meanwhile; it stays so until the transaction ends."""
    rows = StreamCursor.objects.using(database).select_for_update().filter(consumer=CURSOR)
    cursor = rows.first()
    return (cursor.position if cursor else 0) == position


def _hold(database: str, consumer: str, position: int) -> None:
    StreamCursor.objects.using(database).get_or_create(
        consumer=consumer, defaults={"position": position}
    )


def _move(database: str, consumer: str, position: int) -> None:
    StreamCursor.objects.using(database).update_or_create(
        consumer=consumer, defaults={"position": position}
    )
