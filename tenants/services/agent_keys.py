"""What opens the key-value store for an environment's agents: made, changed, ended."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tenants import events
from tenants.connections import kv_connection
from tenants.models import Environment
from vamp import audit, outbox, wiring_of_agent_keys
from vamp.databases import DEFAULT
from vamp.errors import Fault, Invalid, VampError
from vamp.ports.errors import PortError

log = logging.getLogger("tenants")

GRACE_S = 3_600.0
LONGEST_GRACE_S = 30 * 86_400.0


def agent_key(environment: Environment) -> str:
    """Return what opens exactly this environment's subtree, for its agents; the same each time.

    Raises:
        Invalid: the installation's own key cannot make others.
        PortError: the store does not answer, or does not let us; nothing was made that harms.
    """
    found = kv_connection(environment)
    return wiring_of_agent_keys.kv_agent_key(
        found.url, key=found.key, organisation=environment.organisation.name,
        environment=environment.name,
    )  # fmt: skip


def rotate_agent_key(environment: Environment, *, grace_s: float = GRACE_S, actor: str) -> str:
    """Make a new key for the environment's agents; those before it end after a grace.

    Args:
        environment: whose.
        grace_s: seconds in which the agents have to be given the new one.
        actor: who does it, for the audit trail.

    Returns:
        The key, to be shown once.

    Raises:
        Invalid: the grace is out of bounds, or the store's keys cannot be changed.
        PortError: the store does not answer, or does not let us; the old key goes on.
    """
    if not 0 <= grace_s <= LONGEST_GRACE_S:
        fault = Fault("/grace_s", f"the grace is 0 to {LONGEST_GRACE_S:.0f} seconds")
        raise Invalid(faults=[fault])
    found = kv_connection(environment)
    made = wiring_of_agent_keys.rotate_kv_agent_key(
        found.url, key=found.key, organisation=environment.organisation.name,
        environment=environment.name,
    )  # fmt: skip
    ends_at = timezone.now() + timedelta(seconds=grace_s)
    with transaction.atomic(using=DEFAULT):
        rows = Environment.objects.using(DEFAULT).filter(pk=environment.pk)
        rows.update(agent_keys_end_at=ends_at)
        audit.record(
            actor, "agentkey.rotated", "agentkey", str(environment), using=DEFAULT,
            organisation=environment.organisation.name, environment=environment.name,
            after={"old_ends_at": ends_at.isoformat(timespec="seconds")},
        )  # fmt: skip
        outbox.emit(
            events.AGENT_KEY_ROTATED, using=DEFAULT,
            organisation=environment.organisation.name, environment=environment.name,
            payload={"environment_id": environment.pk},
        )  # fmt: skip
    environment.agent_keys_end_at = ends_at
    return made


def end_due() -> int:
    """End the old keys whose grace is over; return of how many environments. Idempotent.

    A store that does not answer is asked again by the next sweep, and holds up no other. One query.
    """
    rows = Environment.objects.using(DEFAULT).select_related("organisation")
    ended = 0
    for environment in rows.filter(agent_keys_end_at__lte=timezone.now()):
        try:
            found = kv_connection(environment)
            wiring_of_agent_keys.end_old_kv_agent_keys(
                found.url, key=found.key, organisation=environment.organisation.name,
                environment=environment.name,
            )  # fmt: skip
        except (PortError, VampError) as error:
            log.warning("agentkeys.not_ended", extra={**environment.names, "error": str(error)})
            continue
        mine = Environment.objects.using(DEFAULT).filter(pk=environment.pk)
        ended += mine.filter(agent_keys_end_at=environment.agent_keys_end_at).update(
            agent_keys_end_at=None
        )
    return ended
