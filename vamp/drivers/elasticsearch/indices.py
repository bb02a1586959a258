"""Names of indices: ``<prefix>-<organisation>-<environment>-<kind>-<yyyy.mm.dd>``. Pure.

Names of organisations and environments are DNS labels and may hold hyphens, and so would let one
tenant's pattern match another's index (``a-b``/``c`` and ``a``/``b-c``). A hyphen within a name is
therefore written as an underscore, which no DNS label has: then every hyphen of an index name
parts two segments, and different tenants never share one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from vamp.dsn import Dsn
from vamp.errors import Fault, Invalid

DEFAULT_PREFIX = "vamp"

ORGANISATION_OWN = "_"
"""Stands for the environment in the name of an organisation's own index."""

MOST_NAMED_DAYS = 31
"""A question about more days names no index by its day but asks all of the environment's."""

_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_KIND = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class IndexFamily:
    """The dated indices of one kind of document of one environment.

    Attributes:
        prefix: of the installation; no hyphen in it.
        organisation: name, a DNS label.
        environment: name, a DNS label; empty for what is the organisation's own, which is written
            ``_``, as no environment can be called.
        kind: ``rollup``, ``traffic``, ``metrics``, ``health``, ``audit`` or ``events``.
    """

    prefix: str
    organisation: str
    environment: str
    kind: str

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix) or not _KIND.fullmatch(self.kind):
            raise ValueError(f"not fit for an index name: {self.prefix!r}, {self.kind!r}")
        for name in (self.organisation, self.environment or self.organisation):
            if not _LABEL.fullmatch(name):
                raise ValueError(f"not a DNS label: {name!r}")

    @property
    def stem(self) -> str:
        """What the family's names begin with: all but the day."""
        organisation, environment = (
            name.replace("-", "_") or ORGANISATION_OWN
            for name in (self.organisation, self.environment)
        )
        return f"{self.prefix}-{organisation}-{environment}-{self.kind}-"

    @property
    def pattern(self) -> str:
        """Matches every index of the family, and no other."""
        return f"{self.stem}*"

    @property
    def tenant_pattern(self) -> str:
        """Matches every index of the environment, of whatever kind, and none of another's."""
        return f"{self.stem.removesuffix(f'{self.kind}-')}*"

    def of_day(self, day: date) -> str:
        """Return the name of the index of one day (UTC)."""
        return f"{self.stem}{day:%Y.%m.%d}"

    def of(self, moment: datetime) -> str:
        """Return the name of the index that a document of `moment`, aware, belongs to."""
        return self.of_day(moment.astimezone(UTC).date())

    def day_of(self, index: str) -> date | None:
        """Return the day of an index, or None where it is none of ours."""
        if not index.startswith(self.stem):
            return None
        try:
            day = datetime.strptime(index[len(self.stem) :], "%Y.%m.%d").replace(tzinfo=UTC).date()
        except ValueError:
            return None
        return day if self.of_day(day) == index else None

    def between(self, spans: Iterable[tuple[datetime, datetime]]) -> str:
        """Return what to ask for spans of time (start included, end not), names parted by comma.

        Names may be of indices that do not exist. Empty where no span is longer than nothing.
        """
        days: set[date] = set()
        for start, end in spans:
            if start >= end:
                continue
            day = start.astimezone(UTC).date()
            last = (end - timedelta(microseconds=1)).astimezone(UTC).date()
            if (last - day).days >= MOST_NAMED_DAYS:
                return self.pattern
            while day <= last:
                days.add(day)
                day += timedelta(days=1)
        if len(days) > MOST_NAMED_DAYS:
            return self.pattern
        return ",".join(self.of_day(day) for day in sorted(days))


def template_pattern(prefix: str, kind: str) -> str:
    """Return the pattern of a kind's indices over all tenants.

    `kind` can match in its own place only: there are exactly two segments before it, and one after.
    """
    return f"{prefix}-*-*-{kind}-*"


def prefix_of(dsn: Dsn) -> str:
    """Return the prefix that a URL names: ``elasticsearch://host:port/prefix``, else `vamp`.

    Raises:
        Invalid: it is not fit for the beginning of an index name.
    """
    prefix = dsn.path.strip("/") or DEFAULT_PREFIX
    if not _PREFIX.fullmatch(prefix):
        raise Invalid(
            faults=[
                Fault(
                    "",
                    "the prefix of Elasticsearch's indices is malformed",
                    "after the port: a letter, then letters, digits and '_', at most 40, lower case",
                )
            ]
        )
    return prefix
