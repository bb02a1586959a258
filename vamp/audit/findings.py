"""What a verification can find. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class What(StrEnum):
    """Kinds of findings, as they stand in JSON."""

    EDITED = "edited"
    MOVED = "moved"
    REMOVED = "removed"
    INSERTED = "inserted"
    UNSIGNED = "unsigned"
    REWRITTEN = "rewritten"
    CUT_SHORT = "cut short"
    NOT_ARCHIVED = "not archived"
    ONLY_ARCHIVED = "only archived"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the trail is not as it was sealed.

    Attributes:
        what: kind.
        position: in the chain, None where no single one is meant.
        entry: id of the row, None where there is none.
        organisation: whose row it is, empty where that is not known or several are meant.
        message: a sentence for people.
    """

    what: What
    position: int | None
    entry: int | None
    organisation: str
    message: str

    def to_value(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self) | {"what": self.what.value}


@dataclass(frozen=True, slots=True)
class Tail:
    """Entries that are not sealed yet.

    Attributes:
        count: how many; oldest_at: when the oldest was written, None where there is none.
    """

    count: int
    oldest_at: datetime | None

    def age_s(self, now: datetime) -> float:
        """Return how many seconds the oldest has waited, 0 where there is none."""
        return max(0.0, (now - self.oldest_at).total_seconds()) if self.oldest_at else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of walking the chain of one database.

    Attributes:
        database: alias; entries: sealed ones that were read; head: last position that is signed.
        findings: in order of position, at most `MOST_FINDINGS`.
        more: findings beyond those.
        forgotten: positions that retention took out.
        tail: what is not sealed yet.
    """

    database: str
    entries: int
    head: int
    findings: tuple[Finding, ...]
    more: int
    forgotten: int
    tail: Tail

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def to_value(self, now: datetime) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "database": self.database,
            "whole": self.is_whole,
            "entries": self.entries,
            "head": self.head,
            "forgotten": self.forgotten,
            "unsealed": {
                "count": self.tail.count,
                "oldest_age_s": round(self.tail.age_s(now), 1),
            },
            "findings": [finding.to_value() for finding in self.findings],
            "more_findings": self.more,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of comparing the chain of one database with the archives.

    Attributes:
        database: alias; archives: how many were compared with it.
        compared: entries of the archives that were looked up here.
        waiting: sealed entries that were not handed over yet.
        from_before: entries from before the first one that an archive holds.
        findings: in order of position, at most `MOST_FINDINGS`; more: those beyond.
        failures: archives that could not be read, and why.
    """

    database: str
    archives: int
    compared: int
    waiting: int
    from_before: int
    findings: tuple[Finding, ...]
    more: int
    failures: tuple[str, ...]

    def to_value(self) -> dict[str, Any]:
        """Return it as JSON."""
        value = asdict(self) | {"findings": [finding.to_value() for finding in self.findings]}
        return value | {"failures": list(self.failures), "alike": not self.findings}


MOST_FINDINGS = 1_000
"""Kept of one database: whoever rewrote a million rows need not be told of each."""
