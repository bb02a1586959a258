"""The audit archive: sealed entries, kept outside of SQL as well, to be searched and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class ArchivedEntry:
    """One sealed entry.

    Attributes:
        database: alias of the database that it lies in.
        position: in the chain of that database; with it, its identity for ever.
        id: of its row.
        at: when, aware.
        before, after: JSON, secrets blanked; None for none.
        digest, link: what it was sealed with.
        others: as in the audit trail.
    """

    database: str
    position: int
    id: int
    at: datetime
    organisation: str
    environment: str
    actor: str
    token: str
    verb: str
    kind: str
    name: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    source_address: str | None
    request_id: str
    digest: str
    link: str

    @property
    def identity(self) -> str:
        """``<database>:<position>``: writing it again changes nothing."""
        return f"{self.database}:{self.position}"


class AuditArchive(Protocol):
    """Entries of one environment, or of an organisation's own. May raise `PortUnavailable`."""

    def write(self, entries: Sequence[ArchivedEntry]) -> Mapping[str, str]:
        """Store `entries`, those stored already apart.

        Returns:
            Identity → why it will never be taken, of those that are refused for good.
        """
        ...

    def links(
        self, identities: Sequence[str], *, days: tuple[datetime, datetime]
    ) -> Mapping[str, str]:
        """Return identity → link of those of `identities` that are stored.

        Args:
            identities: at most 1,000.
            days: when the first and the last of them were written, aware.
        """
        ...

    def entries(self, database: str, *, after: int, most: int) -> Sequence[ArchivedEntry]:
        """Return what is stored of the chain of a database, in order of position.

        Args:
            database: alias.
            after: position; only entries behind it.
            most: how many, at most 1,000; fewer are returned only where there are no more.

        Raises:
            PortRefused: what is stored there is none of ours.
        """
        ...

    def prune(self, *, before: datetime) -> int:
        """Forget entries written before `before`; return how many."""
        ...
