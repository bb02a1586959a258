"""What every change of who may do what leaves behind: an audit entry, an event, a new generation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Model

from tenants.authorisation import note_change
from tenants.models import Organisation
from vamp import audit, outbox
from vamp.databases import DEFAULT
from vamp.errors import Conflict, Fault


@contextmanager
def saving(taken: Fault) -> Iterator[None]:
    """Save in one transaction; a rival who was faster is told as `taken`.

    Raises:
        Conflict: see above.
    """
    try:
        with transaction.atomic(using=DEFAULT):
            yield
    except IntegrityError:
        raise Conflict(faults=[taken]) from None
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise
        # Django's own word for a row that is not there any more to be changed.
        raise Conflict(faults=[taken]) from None


def remove(row: Model) -> None:
    """Delete `row`, within `saving`.

    Raises:
        Conflict: a rival deleted it already.
    """
    _, removed = row.delete()
    if not removed.get(row._meta.label):
        raise Conflict(faults=[Fault("", "another change was faster", "look again")])


def tell(
    organisation: Organisation,
    event: str,
    name: str,
    *,
    actor: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Record a change in the caller's transaction, and have every process look again.

    Args:
        organisation: whose.
        event: one of `tenants.events`, ``tenants.<thing>.<past participle>``.
        name: of the thing.
        actor: who did it.
        before: the thing before, None where it is new.
        after: the thing afterwards, None where it is gone.
        more: what the event says beside the name.
    """
    verb = event.removeprefix("tenants.")
    kind = verb.partition(".")[0]
    audit.record(
        actor, verb, kind, name, using=DEFAULT, organisation=organisation.name,
        before=before, after=after,
    )  # fmt: skip
    payload = {"name": name, **(more or {})}
    outbox.emit(event, using=DEFAULT, organisation=organisation.name, payload=payload)
    note_change(organisation)
