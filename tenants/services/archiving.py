"""Archiving: nothing is released, discovered, published or changed; agents serve on what they have."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from tenants import events
from tenants.models import Environment, LifeState, Organisation
from tenants.services.records import tell
from tenants.services.standing import require_kept
from tenants.services.tenancy import mirror
from vamp.contention import repeated
from vamp.databases import DEFAULT


def archive_environment(environment: Environment, *, actor: str) -> Environment:
    """Let nothing change in the environment until it is restored. Idempotent.

    Releases under way stay where they are. Agents go on serving what they were told last.

    Raises:
        NotActive: it is being deleted.
    """
    _change(environment, LifeState.ARCHIVED, "archived", events.ENVIRONMENT_ARCHIVED, actor)
    mirror(environment)
    return environment


def restore_environment(environment: Environment, *, actor: str) -> Environment:
    """Let the environment change again. Idempotent. See `archive_environment` for errors."""
    _change(environment, LifeState.ACTIVE, "restored", events.ENVIRONMENT_RESTORED, actor)
    mirror(environment)
    return environment


def archive_organisation(organisation: Organisation, *, actor: str) -> Organisation:
    """Let nothing change in the organisation and all its environments. Idempotent.

    Its environments keep their own state, so that restoring it brings back what was active.

    Raises:
        NotActive: it is being deleted.
    """
    _change(organisation, LifeState.ARCHIVED, "archived", events.ORGANISATION_ARCHIVED, actor)
    _mirror_all(organisation)
    return organisation


def restore_organisation(organisation: Organisation, *, actor: str) -> Organisation:
    """Let the organisation change again. Idempotent. See `archive_organisation` for errors."""
    _change(organisation, LifeState.ACTIVE, "restored", events.ORGANISATION_RESTORED, actor)
    _mirror_all(organisation)
    return organisation


def _mirror_all(organisation: Organisation) -> None:
    for environment in organisation.environments.select_related("organisation").exclude(
        database=DEFAULT
    ):
        mirror(environment)


@repeated
def _change(
    row: Organisation | Environment, state: LifeState, verb: str, event: str, actor: str
) -> None:
    rows: Any = type(row)._default_manager.using(DEFAULT).filter(pk=row.pk)
    with transaction.atomic(using=DEFAULT):
        row.state = rows.select_for_update().values_list("state", flat=True).get()
        require_kept(row)
        if row.state == state:
            return
        before = row.state
        row.state, row.state_at, row.state_by = state, timezone.now(), actor
        row.save(update_fields=["state", "state_at", "state_by"])
        kind = "environment" if isinstance(row, Environment) else "organisation"
        tell(
            row, f"{kind}.{verb}", event, actor, before={"state": str(before)},
            after={"state": str(state)},
        )  # fmt: skip
