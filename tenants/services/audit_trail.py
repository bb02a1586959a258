"""The audit trail of a tenant: reading it whole, and taking a copy of it away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from tenants.models import Deletion, Environment, Organisation
from vamp import audit
from vamp.audit.exporting import pieces
from vamp.audit.trail import Trail, Wanted
from vamp.databases import DEFAULT, aliases
from vamp.dedicated import learnt

EXPORTED = "audit.exported"


def databases_of(organisation: Organisation | None) -> Sequence[str]:
    """Return where entries of an organisation lie, the default database first. Two queries.

    Args:
        organisation: None for entries of no organisation, which lie in the default database but for
            what retention says of itself.
    """
    if organisation is None:
        return [DEFAULT]
    rows = Environment.objects.using(DEFAULT).filter(organisation=organisation)
    named = {database for row in rows for database in row.databases}
    # What is deleted has left its entries where it lay.
    gone = Deletion.objects.filter(organisation=organisation.name)
    named |= set(gone.order_by().values_list("database", flat=True).distinct())
    if named - set(aliases()):
        learnt.look()  # rows of what is there are met as they are read, deleted ones are not
    return [alias for alias in aliases() if alias == DEFAULT or alias in named]


def trail_of(organisation: Organisation | None, wanted: Wanted) -> Trail:
    """Return the trail of an organisation with all of its environments, wherever their rows lie."""
    name = organisation.name if organisation else ""
    return Trail(databases_of(organisation), name, wanted)


def export_trail(
    organisation: Organisation | None, wanted: Wanted, form: str, *, actor: str
) -> Iterator[bytes]:
    """Say in the trail that it is exported, and return the export, oldest entry first.

    The entry is written before the first piece is read. What is recorded from now on is not in the
    export. Cost: one query for every 500 entries, as they are sent.

    Args:
        organisation: None for entries of no organisation.
        wanted: which entries.
        form: ``csv`` or ``jsonl``.
        actor: who takes it away.
    """
    now = timezone.now()
    until = min(wanted.until or now, now)
    name = organisation.name if organisation else ""
    with transaction.atomic(using=DEFAULT):
        audit.record(
            actor,
            EXPORTED,
            "audit",
            name or "installation",
            using=DEFAULT,
            organisation=name,
            environment=wanted.environment or "",
            after={"format": form, **wanted.said()},
        )
    return pieces(trail_of(organisation, replace(wanted, until=until)).each(), form)
