"""The two records that a change of an organisation or environment leaves: audit entry and event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenants.models import Environment, Organisation
from vamp import audit, outbox
from vamp.databases import DEFAULT


def tell(
    row: Organisation | Environment,
    verb: str,
    event: str,
    actor: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Save audit entry and event of a change, in the caller's transaction on the default database.

    Args:
        row: what was changed.
        verb: ``environment.changed``.
        event: one of `tenants.events`; it travels in the environment, or in the organisation.
        actor: who did it.
        before: what it was; holds no secret, for rows have none.
        after: what it is; likewise.
    """
    kind = verb.partition(".")[0]
    organisation = row if isinstance(row, Organisation) else row.organisation
    environment = row.name if isinstance(row, Environment) else ""
    audit.record(
        actor, verb, kind, str(row), using=DEFAULT, organisation=organisation.name,
        environment=environment, before=before, after=after,
    )  # fmt: skip
    outbox.emit(
        event, using=DEFAULT, organisation=organisation.name, environment=environment,
        payload={f"{kind}_id": row.pk, "name": row.name},
    )  # fmt: skip
