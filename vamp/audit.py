"""Recording who did what, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from vamp import log_context
from vamp.models.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the present request came from. Empty outside a request."""

    source_address: str | None = None
    request_id: str = ""


NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("vamp_origin", default=NOWHERE)


def record(
    actor: str,
    verb: str,
    kind: str,
    name: str,
    *,
    using: str,
    organisation: str,
    environment: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry to the audit trail, in the caller's transaction.

    Args:
        actor: login, ``token:<name>``, or ``vamp:<part>`` for what Vamp does by itself.
        verb: ``<thing>.<past participle>``, such as ``gateway.changed``.
        kind: kind of the object.
        name: its name.
        using: the database of the rows that changed.
        organisation: name of the organisation.
        environment: name of the environment, empty for the organisation's own.
        before: the object before, None where it is new; secrets blanked by the caller.
        after: the object afterwards, None where it is gone.
    """
    here = origin.get()
    AuditEntry.objects.using(using).create(
        at=timezone.now(),
        organisation=organisation,
        environment=environment,
        actor=actor,
        verb=verb,
        kind=kind,
        name=name,
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        source_address=here.source_address,
        # What a task does for a request is found by the request's id too.
        request_id=here.request_id or log_context.current().request_id,
    )
