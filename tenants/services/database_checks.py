"""Testing a database of an organisation's own: does it answer, and may we do there what we must?"""

from __future__ import annotations

from django.db import transaction

from tenants.models import DatabaseState, DedicatedDatabase
from vamp import audit, checking
from vamp.bounded import answers
from vamp.databases import DEFAULT
from vamp.dedicated import learnt
from vamp.ports.checks import Checked

SYSTEM = "SQL database"
PREPARING = "it is being prepared"
MEND = "mend it, then save its URL or password once more: its preparation begins anew"


def ask_database(row: DedicatedDatabase, *, actor: str) -> Checked:
    """Ask a dedicated database, and note in the audit trail who asked.

    One that is not ready is not asked: nothing of ours looks at it before its preparation is over,
    and that has found out what is wrong. Never raises for what a server does. Cost: a few seconds
    at most.

    Args:
        row: which.
        actor: who asks, for the audit trail.
    """
    if row.state == DatabaseState.READY:
        learnt.meet(row.alias)
        found = answers({"it": lambda: checking.check_database(row.alias)})["it"]
    elif row.error:
        found = Checked.failed(SYSTEM, row.error, MEND)
    else:
        found = Checked.failed(SYSTEM, PREPARING, "wait until it is ready")
    with transaction.atomic(using=DEFAULT):
        audit.record(
            actor, "connection.tested", "connection", f"database/{row.alias}", using=DEFAULT,
            organisation=row.organisation.name,
            after={row.alias: "well" if found.ok else "not well"},
        )  # fmt: skip
    return found
