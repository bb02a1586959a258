"""Writing namespaces to the key-value store: their configuration, and secrets that only lie there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from tenants import events
from tenants.connections import installation_kv, namespaces
from tenants.domain.namespace import (
    ENVIRONMENT_SECRETS,
    MOST_SECRET_CHARACTERS,
    ORGANISATION_SECRETS,
    Namespace,
    Secret,
)
from tenants.models import Environment, Organisation
from tenants.secrets import Installation, Row, key_of
from tenants.services.standing import require_active
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Fault, Invalid, NotFound
from vamp.ports.kv import Entry, KeyValueStore
from vamp.rewriting import rewrite

MOST_ATTEMPTS = 20
"""So often a document is read and written again where rivals were faster."""

NOT_CONFIGURATION = frozenset({"id", "organisation", "placement"})
"""Columns that people do not set; `model_to_dict` leaves out what cannot be edited."""


def secret_names(row: Row) -> Sequence[str]:
    """Return the names of the secrets that people may set of `row`."""
    if isinstance(row, Installation):
        return ()
    return ENVIRONMENT_SECRETS if isinstance(row, Environment) else ORGANISATION_SECRETS


def set_secret(row: Row, name: str, value: str, *, actor: str) -> None:
    """Write a secret of an organisation or environment. It is never shown again, in any door.

    Args:
        row: whose.
        name: one of `secret_names`.
        value: credentials in the form that the driver takes.
        actor: who does it, for the audit trail, which holds the name alone.

    Raises:
        NotFound: there is no secret of that name.
        NotActive: the row is archived or being deleted.
        Invalid: the value is empty or too long.
        PortError: the store does not answer or refuses; nothing was changed.
    """
    _check_name(row, name)
    if not isinstance(row, Installation):
        require_active(row)
    if not value.strip() or len(value) > MOST_SECRET_CHARACTERS:
        message = f"a secret has 1 to {MOST_SECRET_CHARACTERS} characters"
        raise Invalid(faults=[Fault("/value", message)])
    secret = Secret(value, timezone.now().isoformat(timespec="seconds"), actor)
    write(row, lambda document: document.with_secret(name, secret))
    _tell(row, "secret_set", name, actor)


def set_secrets(row: Row, secrets: Mapping[str, str], *, actor: str) -> None:
    """Write several secrets; see `set_secret`."""
    for name, value in secrets.items():
        set_secret(row, name, value, actor=actor)


def forget_secret(row: Row, name: str, *, actor: str) -> None:
    """Remove a secret. Idempotent. See `set_secret` for errors."""
    _check_name(row, name)
    if not isinstance(row, Installation):
        require_active(row)
    if name not in _fresh(row).secrets:
        return
    write(row, lambda document: document.without_secret(name))
    _tell(row, "secret_forgotten", name, actor)


def keep_secret(row: Row, name: str, value: str, *, actor: str) -> None:
    """Write a secret of a name that Vamp itself gives out; nothing is told of it by itself.

    Raises:
        PortError: the store does not answer or refuses; nothing was changed.
    """
    secret = Secret(value, timezone.now().isoformat(timespec="seconds"), actor)
    write(row, lambda document: document.with_secret(name, secret))


def remove_secret(row: Row, name: str) -> None:
    """Remove what `keep_secret` wrote. Idempotent. See there for errors."""
    if name in _fresh(row).secrets:
        write(row, lambda document: document.without_secret(name))


def publish_configuration(row: Organisation | Environment, kv: KeyValueStore | None = None) -> bool:
    """Make the store hold the configuration that the row has. Idempotent.

    Cost: one read where nothing changed.

    Returns:
        Whether anything was written.

    Raises:
        PortError: the store does not answer; a repeat is safe.
    """
    wanted = configuration_of(row)
    return write(row, lambda document: document.configured(wanted), kv=kv)


def is_published(row: Organisation | Environment) -> bool:
    """Tell whether the store holds the configuration that the row has. Cost: one read.

    Raises:
        PortError: the store does not answer.
    """
    held = installation_kv().get(key_of(row))
    document = Namespace.from_json(held.value) if held else None
    return document is not None and document.configured(configuration_of(row)) == document


def configuration_of(row: Organisation | Environment) -> dict[str, Any]:
    """Return what people set of `row`, as JSON values; it holds no secret."""
    found = model_to_dict(row)
    return {"name": row.name} | {
        name: value for name, value in found.items() if name not in NOT_CONFIGURATION
    }


def write(
    row: Row, change: Callable[[Namespace], Namespace], *, kv: KeyValueStore | None = None
) -> bool:
    """Change the document of `row` by check-and-set: `change` is asked again where a rival wrote.

    Returns:
        Whether anything was written.

    Raises:
        PortError: the store does not answer or refuses; nothing was changed.
        NamespaceUnreadable: what it holds is no document of ours.
    """

    def wanted(held: Entry | None) -> str | None:
        document = Namespace.from_json(held.value) if held else Namespace()
        changed = change(document)
        return None if held is not None and changed == document else changed.to_json()

    is_written = rewrite(kv or installation_kv(), key_of(row), wanted, most_attempts=MOST_ATTEMPTS)
    if is_written:
        namespaces.forget(row)
    return is_written


def _fresh(row: Row) -> Namespace:
    namespaces.forget(row)
    return namespaces.document(row)


def _check_name(row: Row, name: str) -> None:
    if name not in secret_names(row):
        known = ", ".join(secret_names(row))
        raise NotFound(f"There is no secret {name[:63]!r}; there are {known}.")


def _tell(row: Row, verb: str, name: str, actor: str) -> None:
    """Note it once the store has it: a crash between the two loses the note, not the secret."""
    kind = "environment" if isinstance(row, Environment) else "organisation"
    organisation = row.organisation.name if isinstance(row, Environment) else row.name
    environment = row.name if isinstance(row, Environment) else ""
    with transaction.atomic(using=DEFAULT):
        audit.record(
            actor, f"{kind}.{verb}", kind, str(row), using=DEFAULT,
            organisation=organisation, environment=environment, after={"secret_name": name},
        )  # fmt: skip
        outbox.emit(
            events.SECRET_CHANGED, using=DEFAULT, organisation=organisation,
            environment=environment, payload={"secret": name},
        )  # fmt: skip
