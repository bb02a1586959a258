"""What was refused: who asked for what they may not see or do."""

from __future__ import annotations

import time

from django.db import transaction

from tenants.authorisation import Principal
from tenants.models import User
from vamp import audit
from vamp.audit.coalescing import Coalescer
from vamp.databases import DEFAULT

DENIED = "access.denied"
LONGEST = 191

_coalescer = Coalescer()


def record_denial(
    user: User | None,
    *,
    right: str,
    what: str,
    environment: str = "",
    status: int = 404,
    actor: str = "",
) -> bool:
    """Record that somebody was refused. Call it outside the transaction that was refused.

    The entry goes into the trail of whoever asked, never into that of whose thing was asked for:
    one tenant must not learn of another's people. The same refusal is written once a minute, and
    at most 60 of one organisation; the next entry tells how many were left out. Cost: one
    statement, or none.

    Args:
        user: who asked; None for a sender that is no person.
        right: that was lacking, ``<kind>.<verb>``.
        what: name or address of the thing, as it was asked for.
        environment: name of an environment of the person's own organisation, else empty.
        status: HTTP status of the answer, 403 or 404.
        actor: of a sender that is no person, such as ``token:vga``.

    Returns:
        Whether an entry was written.
    """
    organisation = user.organisation.name if user is not None and user.organisation else ""
    who = user.get_username() if user is not None else actor or "unknown"
    left_out = _coalescer.take((who, right, what), organisation, time.monotonic())
    if left_out is None:
        return False
    after = {"right": right, "status": status} | ({"left_out": left_out} if left_out else {})
    with transaction.atomic(using=DEFAULT):
        audit.record(
            who[:LONGEST],
            DENIED,
            "access",
            what[:LONGEST],
            using=DEFAULT,
            organisation=organisation,
            environment=environment,
            after=after,
        )
    return True


def denied(
    principal: Principal,
    *,
    right: str,
    what: str,
    organisation: str = "",
    environment: str = "",
    status: int,
) -> None:
    """Record that a door refused `principal`; see `record_denial`.

    Args:
        principal: who asked.
        right: that was lacking.
        what: address that was asked for.
        organisation: that the address names.
        environment: likewise; put down in the entry only where it is of the asker's own.
        status: HTTP status of the answer.
    """
    own = principal.organisation.name if principal.organisation else ""
    record_denial(
        principal if isinstance(principal, User) else None,
        right=right,
        what=what,
        environment=environment if own and own == organisation else "",
        status=status,
        actor=principal.get_username(),
    )
