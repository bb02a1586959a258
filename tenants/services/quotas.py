"""How many environments, gateways and releases at once an organisation may have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import transaction

from tenants.exceptions import QuotaReached
from tenants.models import Environment, Organisation
from tenants.owned_parts import parts
from vamp import locks
from vamp.databases import DEFAULT
from vamp.errors import Fault


class Quota(StrEnum):
    """What is counted."""

    ENVIRONMENTS = "environments"
    GATEWAYS = "gateways"
    RELEASES = "releases"


FIELDS: Final = {each: f"most_{each}" for each in Quota}
"""Quota → the organisation's field that limits it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a quota is used.

    Attributes:
        kind: what is counted; limit: 0 for any number; used: how many there are now.
    """

    kind: Quota
    limit: int
    used: int

    @property
    def is_reached(self) -> bool:
        """True where not one more may come."""
        return bool(self.limit) and self.used >= self.limit


class Room:
    """What is left of a quota while a change holds it; see `room`.

    Args:
        organisation: whose; None where it has no limit.
        kind: of the quota.
    """

    def __init__(self, organisation: Organisation | None, kind: Quota) -> None:
        self._organisation = organisation
        self._kind = kind

    def take(self, count: int = 1) -> None:
        """Refuse `count` more where they do not fit. Cost: two queries, and one a database.

        Raises:
            QuotaReached: with the limit, what is used, and who can raise it.
        """
        if self._organisation is None:
            return
        organisation = Organisation.objects.using(DEFAULT).get(pk=self._organisation.pk)
        found = usage_of(organisation, self._kind)
        if found.limit and found.used + count > found.limit:
            raise QuotaReached(faults=[_fault(organisation, found, count)])


@contextmanager
def room(organisation: Organisation, kind: Quota) -> Iterator[Room]:
    """Let one change at a time count what `kind` limits, until the block's end.

    Its transaction on the default database is the outermost: begin it before that of an
    environment, so that all take the two in one order. Costs nothing where there is no limit.
    """
    if not getattr(organisation, FIELDS[kind]):
        yield Room(None, kind)
        return
    with transaction.atomic(using=DEFAULT):
        locks.hold(f"quota/{organisation.pk}", using=DEFAULT)
        yield Room(organisation, kind)


def usages_of(organisation: Organisation) -> Sequence[Usage]:
    """Return how much of each quota is used. Cost: two queries, and two for each database."""
    places = _places(organisation)
    return [_usage(organisation, kind, places) for kind in Quota]


def usage_of(organisation: Organisation, kind: Quota) -> Usage:
    """Return how much of one quota is used."""
    return _usage(organisation, kind, _places(organisation))


def _usage(organisation: Organisation, kind: Quota, places: dict[str, list[int]]) -> Usage:
    limit = int(getattr(organisation, FIELDS[kind]))
    if kind is Quota.ENVIRONMENTS:
        return Usage(kind, limit, sum(len(ids) for ids in places.values()))
    counts = [part.counts[kind] for part in parts() if kind in part.counts]
    used = sum(count(database, ids) for count in counts for database, ids in places.items())
    return Usage(kind, limit, used)


def _places(organisation: Organisation) -> dict[str, list[int]]:
    """Return database → ids of the organisation's environments there."""
    found: dict[str, list[int]] = {}
    rows = Environment.objects.using(DEFAULT).filter(organisation_id=organisation.pk)
    for pk, database in rows.order_by().values_list("pk", "database"):
        found.setdefault(database, []).append(pk)
    return found


def _fault(organisation: Organisation, found: Usage, count: int) -> Fault:
    more = f"; {count} more do not fit" if count > 1 else ""
    at_once = " at once" if found.kind is Quota.RELEASES else ""
    message = (
        f"organisation {organisation} may have {found.limit} {found.kind}{at_once}"
        f" and has {found.used}{more}"
    )
    hint = f"a platform administrator can raise {FIELDS[found.kind]} of the organisation"
    return Fault("", message, hint, code=QuotaReached.code)
