"""Which index leads to the entries that are wanted, and what is then compared in each of them.

An index leads through the entries of one organisation and one value of a field in order of time.
There is none for two fields, which would cost every write more than it saves: where several are asked
for, one leads and the others are compared in what it leads to. Which one, depends on the values:
most people are rare, some kinds are not. So each is counted, up to what we are willing to read, and
the rarest leads; where none is rare, the one whose entries reach furthest back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce

from vamp import merged
from vamp.merged import moment_at
from vamp.models.audit import AuditEntry

LEADING: Final = ("request_id", "name", "actor", "verb", "kind", "environment")
"""Fields with an index of their own; first what mostly tells most."""


@dataclass(frozen=True, slots=True)
class Led:
    """Entries as an index leads to them.

    Attributes:
        rows: all that it leads to.
        left: field → value that is still to be compared in each.
    """

    rows: QuerySet[AuditEntry]
    left: Mapping[str, str]


def led(rows: QuerySet[AuditEntry], exact: Mapping[str, str]) -> Led:
    """Return `rows` by the index that reads least. At most two queries for each of several fields.

    Args:
        rows: of one organisation, and perhaps a time.
        exact: field → the value that it must have.
    """
    found = [name for name in LEADING if name in exact]
    lead = found[0] if len(found) == 1 else _best(rows, exact, found)
    if lead is None:
        return Led(rows, exact)
    left = {name: value for name, value in exact.items() if name != lead}
    return Led(rows.filter(**{lead: exact[lead]}), left)


def compared(rows: QuerySet[AuditEntry], exact: Mapping[str, str]) -> QuerySet[AuditEntry]:
    """Return those of `rows` that have these values, so that no index is tempted to lead.

    A database that guesses wrongly which of two indexes to follow reads the whole table.
    """
    hidden: Any = {name: Coalesce(F(name), Value("")) for name in exact if name in _HIDDEN}
    asked = {f"its_{name}" if name in hidden else name: value for name, value in exact.items()}
    return rows.alias(**{f"its_{name}": text for name, text in hidden.items()}).filter(**asked)


_HIDDEN: Final = frozenset({"organisation", *LEADING})


def _best(rows: QuerySet[AuditEntry], exact: Mapping[str, str], names: list[str]) -> str | None:
    """Return which of several fields leads to the fewest, or, where all lead to many, furthest."""
    counts: dict[str, int] = {}
    for name in names:
        led_to = rows.filter(**{name: exact[name]}).order_by()
        counts[name] = led_to[: merged.MOST_SEARCHED + 1].count()
        if counts[name] <= merged.FIRST_WINDOW:
            return name
    fewest = min(names, key=counts.__getitem__, default=None)
    if fewest is None or counts[fewest] <= merged.MOST_SEARCHED:
        return fewest
    return min(names, key=lambda name: _reach(rows.filter(**{name: exact[name]})))


def _reach(rows: QuerySet[AuditEntry]) -> datetime:
    end = moment_at(rows, "at", merged.MOST_SEARCHED)
    return end or datetime.min.replace(tzinfo=UTC)
