"""Comparing the chain of a database with what was shipped to the archives. Constant memory.

Two passes, each in batches by position, which is indexed: one goes along the archives and looks up
each entry here, the other goes along the chain and looks up each entry there. What is carried,
sealed or forgotten meanwhile is no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from vamp.audit.archiving import Namespace, Opened, archived, begun_at, carried_until
from vamp.audit.findings import MOST_FINDINGS, Comparison, Finding, What
from vamp.audit.hashing import Content, digest
from vamp.models.audit import AuditEntry, AuditGap
from vamp.ports.audit import ArchivedEntry, AuditArchive
from vamp.ports.errors import PortError

READ = 1_000
"""Entries read at once, of either side; all that is held."""

NOT_COMPARED = ("database", "before", "after")
"""Fields that are not compared one by one: JSON is, by the digest, whatever form its numbers have."""

Kept: TypeAlias = Callable[[str], datetime | None]
"""From the name of an organisation to since when it keeps its trail; None is for ever."""

_CONTENT = tuple(Content.__slots__)


@dataclass(slots=True)
class Comparing:
    """Compares the chain of one database with the archives of some namespaces.

    Args:
        database: alias.
        opened: see `vamp.audit.archiving.Opened`.
        kept_since: what retention may have taken from either side is no finding.
        on_progress: told how many more entries were read.
    """

    database: str
    opened: Opened
    kept_since: Kept = lambda organisation: None
    on_progress: Callable[[int], None] = lambda count: None
    _findings: list[Finding] = field(default_factory=list)
    _more: int = 0
    _compared: int = 0
    _waiting: int = 0
    _from_before: int = 0
    _failures: dict[Namespace, str] = field(default_factory=dict)
    _archives: dict[Namespace, AuditArchive] = field(default_factory=dict)
    _first: dict[Namespace, int] = field(default_factory=dict)

    def compare(self, namespaces: Sequence[Namespace]) -> Comparison:
        """Compare both ways.

        An archive that does not answer is among the failures, and holds up no other. Cost: a
        search for every thousand entries of each archive, one for each namespace in every thousand
        positions, and as many queries.

        Args:
            namespaces: whose archives; entries of others are passed over.
        """
        carried = carried_until(self.database, namespaces)
        self._first = dict(begun_at(self.database))
        for namespace in namespaces:
            self._guarded(namespace, partial(self._open, namespace))
        for namespace in list(self._archives):
            self._guarded(namespace, partial(self._walk_archive, namespace))
        self._walk_chain(carried)
        self._findings.sort(key=lambda finding: finding.position or 0)
        return Comparison(
            self.database, len(self._archives), self._compared, self._waiting, self._from_before,
            tuple(self._findings), self._more,
            tuple(f"{_named(each)}: {why}" for each, why in self._failures.items()),
        )  # fmt: skip

    def _guarded(self, namespace: Namespace, work: Callable[[], None]) -> None:
        try:
            work()
        except PortError as error:
            self._failures[namespace] = str(error)
            self._archives.pop(namespace, None)

    def _open(self, namespace: Namespace) -> None:
        archive = self.opened(*namespace)
        if archive is not None:
            self._archives[namespace] = archive

    def _walk_archive(self, namespace: Namespace) -> None:
        """Look up here whatever the archive holds of this database."""
        after = 0
        while True:
            held = self._archives[namespace].entries(self.database, after=after, most=READ)
            if held:
                first = held[0].position
                self._first[namespace] = min(first, self._first.get(namespace, first))
                self._look_up_here(namespace, held)
                self.on_progress(len(held))
                after = held[-1].position
            if len(held) < READ:
                return

    def _look_up_here(self, namespace: Namespace, held: Sequence[ArchivedEntry]) -> None:
        positions = [entry.position for entry in held]
        rows = {
            row.position: row
            for row in AuditEntry.objects.using(self.database).filter(position__in=positions)
        }
        gaps = list(
            AuditGap.objects.using(self.database).filter(
                last__gte=positions[0], first__lte=positions[-1]
            )
        )
        since = self.kept_since(namespace[0])
        for entry in held:
            self._compared += 1
            row = rows.get(entry.position)
            if row is not None:
                self._tell_difference(namespace, entry, archived(self.database, row))
            elif since is not None and entry.at < since:
                continue
            elif not any(gap.first <= entry.position <= gap.last for gap in gaps):
                self._find(
                    What.ONLY_ARCHIVED, entry.position, entry.id, namespace,
                    f"{entry.actor} {entry.verb} {entry.name} is in the archive and not here",
                )  # fmt: skip

    def _tell_difference(
        self, namespace: Namespace, there: ArchivedEntry, here: ArchivedEntry
    ) -> None:
        differing = differences(there, here)
        if differing:
            self._find(
                What.DIFFERENT, there.position, here.id, namespace,
                f"the archive says something else than the database of {', '.join(differing)}",
            )  # fmt: skip

    def _walk_chain(self, carried: Mapping[Namespace, int]) -> None:
        """Look up there whatever is sealed here and was carried."""
        after = 0
        while self._archives:
            rows = list(
                AuditEntry.objects.using(self.database)
                .filter(position__gt=after)
                .order_by("position")
                .values_list("position", "pk", "organisation", "environment", "at")[:READ]
            )
            if not rows:
                return
            for namespace, mine in _by_namespace(rows):
                if namespace in self._archives:
                    known = [row for row in mine if self._should_be_there(namespace, row, carried)]
                    self._guarded(namespace, partial(self._ask, namespace, known))
            self.on_progress(len(rows))
            after = int(rows[-1][0] or 0)

    def _should_be_there(
        self, namespace: Namespace, row: tuple[Any, ...], carried: Mapping[Namespace, int]
    ) -> bool:
        position, _, organisation, _, at = row
        if position > carried[namespace]:
            self._waiting += 1
            return False
        if position < self._first.get(namespace, position + 1):
            # From before the archive was there: such entries are not shipped afterwards.
            self._from_before += 1
            return False
        since = self.kept_since(organisation)
        return since is None or at >= since

    def _ask(self, namespace: Namespace, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        identities = {f"{self.database}:{row[0]}": row for row in rows}
        days = (min(row[4] for row in rows), max(row[4] for row in rows))
        found = self._archives[namespace].links(list(identities), days=days)
        for identity, row in identities.items():
            if identity not in found and self._is_still_here(row[1]):
                self._find(
                    What.NOT_ARCHIVED, row[0], row[1], namespace, "is here and not in the archive"
                )

    def _is_still_here(self, pk: int) -> bool:
        return AuditEntry.objects.using(self.database).filter(pk=pk).exists()

    def _find(self, what: What, position: int, entry: int, namespace: Namespace, said: str) -> None:
        if len(self._findings) >= MOST_FINDINGS:
            self._more += 1
            return
        message = f"entry {entry} at position {position} of {_named(namespace)}: {said}"
        self._findings.append(Finding(what, position, entry, namespace[0], message))


def differences(there: ArchivedEntry, here: ArchivedEntry) -> list[str]:
    """Return the names of the fields in which two entries differ. Pure."""
    found = [
        name
        for name in ArchivedEntry.__slots__
        if name not in NOT_COMPARED and getattr(there, name) != getattr(here, name)
    ]
    if found or _digest(there) == _digest(here):
        return found
    return ["before and after"]


def _digest(entry: ArchivedEntry) -> str:
    return digest(Content(**{name: getattr(entry, name) for name in _CONTENT}))


def _by_namespace(
    rows: Sequence[tuple[Any, ...]],
) -> Iterator[tuple[Namespace, list[tuple[Any, ...]]]]:
    found: dict[Namespace, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault((row[2], row[3]), []).append(row)
    yield from found.items()


def _named(namespace: Namespace) -> str:
    return "/".join(filter(None, namespace)) or "the installation"
