"""Cloning an environment: its configuration, gateways and policies; not what runs or was released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from tenants import events
from tenants.connections import namespaces
from tenants.domain.authority import EVERYTHING, Authority
from tenants.models import Environment
from tenants.owned_parts import parts
from tenants.services.namespaces import set_secrets
from tenants.services.records import tell
from tenants.services.standing import require_kept
from tenants.services.tenancy import ENVIRONMENT_FIELDS, create_environment, refuse_platform_fields
from vamp.contention import repeated
from vamp.databases import DEFAULT
from vamp.errors import Fault, Invalid

NOT_COPIED: Sequence[str] = ("title", "scheduler_url", "namespace")
"""Fields that a clone cannot share with what it is a clone of, or should not."""


@dataclass(frozen=True, slots=True)
class Clone:
    """What became of a clone.

    Attributes:
        environment: the new one.
        copied: kind → how many.
        secrets_set: names of the secrets that it was given.
        secrets_missing: names of those that what it is a clone of has, and that must be set.
        notes: what to know of it, a sentence each.
    """

    environment: Environment
    copied: Mapping[str, int]
    secrets_set: Sequence[str]
    secrets_missing: Sequence[str]
    notes: Sequence[str]


def clone_environment(
    source: Environment,
    name: str,
    *,
    actor: str,
    with_secrets: bool = False,
    database: str = "",
    by: Authority = EVERYTHING,
    **fields: Any,
) -> Clone:
    """Make an environment like `source` in the same organisation.

    Gateways come with their hosts, ports and weights as they are now: each environment has agents
    of its own, so that both may have the same. An archived environment may be cloned.

    Args:
        source: what to copy.
        name: DNS label, unique in the organisation.
        actor: who does it.
        with_secrets: also copy the secrets of its stores, and of its scheduler where that is the
            same one.
        database: alias of the database for the rows of the clone; empty for that of `source`.
        by: whose rights count.
        fields: any of `ENVIRONMENT_FIELDS`, instead of what `source` has. Scheduler and namespace
            must be another pair; ``scheduler_url=""`` makes a clone without a scheduler.

    Raises:
        NotAllowed: a field is for platform administrators alone.
        Invalid: a field is wrong, or scheduler and namespace are missing.
        Conflict: the name, or scheduler and namespace, is taken.
        NotActive: the organisation is archived, or one of the two is being deleted.
        QuotaReached: environments or gateways do not fit.
        PortError: secrets cannot be read or written. Where they cannot be written the clone is
            there, without them: set them by themselves.
    """
    require_kept(source)
    refuse_platform_fields(by, {"database": database, **fields})
    wanted = _wanted(source, fields)
    secrets = _secrets_of(source)
    environment, copied = _copy(source, name, wanted, database or source.database, actor=actor)
    given = {
        key: value for key, value in secrets.items()
        if with_secrets and _fits(key, source, environment)
    }  # fmt: skip
    set_secrets(environment, given, actor=actor)
    missing = sorted(secrets.keys() - given.keys())
    return Clone(environment, copied, sorted(given), missing, list(_notes(source, environment)))


def _wanted(source: Environment, fields: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {
        name: getattr(source, name) for name in ENVIRONMENT_FIELDS if name not in NOT_COPIED
    } | dict(fields)
    if "scheduler_url" in fields or not source.scheduler_url:
        return {"scheduler_url": "", "namespace": ""} | wanted
    if not fields.get("namespace"):
        hint = "or a scheduler_url of its own; an empty one for none"
        message = f"name a namespace for the clone: {source} has {source.namespace or 'its own'}"
        raise Invalid(faults=[Fault("/namespace", message, hint)])
    return {"scheduler_url": source.scheduler_url} | wanted


@repeated
def _copy(
    source: Environment, name: str, wanted: Mapping[str, Any], database: str, *, actor: str
) -> tuple[Environment, dict[str, int]]:
    copied: dict[str, int] = {}
    with transaction.atomic(using=DEFAULT), transaction.atomic(using=database):
        made = create_environment(
            source.organisation, name, actor=actor, database=database, **wanted
        )
        for part in parts():
            if part.copy is not None:
                copied |= part.copy(source, made, actor)
        tell(
            made, "environment.cloned", events.ENVIRONMENT_CLONED, actor,
            after={"from": source.path, "copied": copied},
        )  # fmt: skip
    return made, copied


def _secrets_of(source: Environment) -> dict[str, str]:
    namespaces.forget(source)
    held = namespaces.document(source).secrets
    return {name: secret.value for name, secret in held.items()}


def _fits(secret: str, source: Environment, made: Environment) -> bool:
    """Tell whether a secret opens the clone's store too: it is told to no other server."""
    return bool(getattr(source, f"{secret}_url") == getattr(made, f"{secret}_url"))


def _notes(source: Environment, made: Environment) -> Sequence[str]:
    notes = [
        f"Gateways have the hosts and ports that they have in {source.path}: agents of the two must"
        " not listen on one address."
    ]
    if made.shared_port == source.shared_port:
        port = made.shared_port or "the installation's"
        notes.append(f"The shared port of both is {port}.")
    if not made.scheduler_url:
        notes.append("It has no scheduler yet: nothing is discovered until it is given one.")
    return notes
