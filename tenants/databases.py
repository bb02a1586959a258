"""Which databases tenants have of their own, as `vamp.dedicated` asks for them."""

from __future__ import annotations

from collections.abc import Sequence

from tenants.connections import namespaces
from tenants.domain.namespace import NamespaceUnreadable
from tenants.models import DatabaseState, DedicatedDatabase
from vamp.databases import DEFAULT
from vamp.dedicated import Known
from vamp.ports.errors import PortError


def dedicated_databases() -> Sequence[Known]:
    """Return every dedicated database. One query, and at most one read of the store a tenant.

    One whose password cannot be read is there without it: its server refuses us until it can, and
    nobody else's waits for that.
    """
    rows = DedicatedDatabase.objects.using(DEFAULT).select_related("organisation")
    return [known(row) for row in rows]


def known(row: DedicatedDatabase) -> Known:
    """Return a dedicated database with its password. At most one read of the store."""
    try:
        password = namespaces.secret(row.organisation, row.secret_name)
    except (PortError, NamespaceUnreadable):
        password = ""
    return Known(row.alias, row.url, password, is_ready=row.state == DatabaseState.READY)
