"""How long the audit trail is kept, and forgetting what is older, here and in the archives."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.conf import settings

from tenants.connections import audit_archive_of
from tenants.models import Environment, Organisation
from vamp.audit.forgetting import forget as forget_in
from vamp.audit.signing import KeysUnreadable, ring
from vamp.contention import held_apart
from vamp.databases import DEFAULT, aliases
from vamp.ports.errors import PortError

log = logging.getLogger("tenants")


def kept_days() -> Iterator[tuple[str, int]]:
    """Yield the name of each organisation and for how many days it keeps its trail; 0 is for ever.

    First, under no name, what belongs to no organisation. One query.
    """
    yield "", settings.VAMP.audit_retention_days
    rows = Organisation.objects.using(DEFAULT).order_by("name")
    yield from rows.values_list("name", "audit_retention_days")


def since_when_kept(now: datetime) -> Callable[[str], datetime | None]:
    """Return what tells since when an organisation keeps its trail; None is for ever. One query."""
    days = dict(kept_days())

    def since(organisation: str) -> datetime | None:
        kept = days.get(organisation, 0)
        return now - timedelta(days=kept) if kept else None

    return since


def forget(organisation: str, *, before: datetime) -> int:
    """Forget an organisation's entries from before `before`, in every database and archive.

    What does not answer keeps its own; the next call goes on.

    Returns:
        How many entries went from the databases.
    """
    total = 0
    told = {"organisation": organisation}
    for database in aliases():
        try:
            with held_apart("audit.not_pruned", database=database, **told):
                total += forget_in(database, organisation, before=before, keys=ring.keys())
        except (PortError, KeysUnreadable) as error:
            log.warning("audit.not_pruned", extra={**told, "error": str(error)})
    if organisation:
        _forget_in_archives(organisation, before)
    return total


def _forget_in_archives(organisation: str, before: datetime) -> None:
    rows = Environment.objects.using(DEFAULT).filter(organisation__name=organisation)
    for environment in ["", *rows.values_list("name", flat=True)]:
        try:
            archive = audit_archive_of(organisation, environment)
            if archive is not None:
                archive.prune(before=before)
        except PortError as error:
            log.warning(
                "audit.archive_not_pruned",
                extra={
                    "organisation": organisation,
                    "environment": environment,
                    "error": str(error),
                },
            )
