"""Recording who did what, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

from django.db import connections
from django.utils import timezone

from vamp import log_context
from vamp.audit.blanking import blanked
from vamp.audit.hashing import Content, digest
from vamp.audit.origin import origin
from vamp.models.audit import AuditEntry

_COLUMNS = (
    "at", "organisation", "environment", "actor", "token", "verb", "kind", "name",
    "source_address", "request_id", "digest", "link", "before", "after",
)  # fmt: skip


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
    """Add an entry to the audit trail, in the caller's transaction. Cost: one statement.

    Its digest is made here; the sealer links it into the chain within a second.

    Args:
        actor: login, ``token:<name>``, or ``vamp:<part>`` for what Vamp does by itself.
        verb: ``<thing>.<past participle>``, such as ``gateway.changed``.
        kind: kind of the object.
        name: its name.
        using: the database of the rows that changed.
        organisation: name of the organisation.
        environment: name of the environment, empty for the organisation's own.
        before: the object before, None where it is new; secrets blanked by the caller. Whatever
            looks like one all the same is blanked here.
        after: the object afterwards, None where it is gone.
    """
    here = origin.get()
    content = Content(
        at=timezone.now(),
        organisation=organisation,
        environment=environment,
        actor=actor,
        token=here.token,
        verb=verb,
        kind=kind,
        name=name,
        before=blanked(before) if before is not None else None,
        after=blanked(after) if after is not None else None,
        source_address=_address(here.source_address),
        # What a task does for a request is found by the request's id too.
        request_id=here.request_id or log_context.current().request_id,
    )
    _insert(content, using)


def _address(text: str | None) -> str | None:
    """Return an address in its one form; None for what is none, such as a socket's path."""
    if not text:
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _insert(content: Content, using: str) -> None:
    """Insert by hand: to make the statement anew each time would cost more than to execute it."""
    connection = connections[using]
    operations = connection.ops
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(connection.vendor, operations.quote_name),
            (
                operations.adapt_datetimefield_value(content.at),
                content.organisation,
                content.environment,
                content.actor,
                content.token,
                content.verb,
                content.kind,
                content.name,
                content.source_address,
                content.request_id,
                digest(content),
                "",
                *(
                    None if value is None else operations.adapt_json_value(value, None)
                    for value in (content.before, content.after)
                ),
            ),
        )


_statements: dict[str, str] = {}


def _statement(vendor: str, quote: Callable[[str], str]) -> str:
    if vendor not in _statements:
        names = ", ".join(map(quote, _COLUMNS))
        places = ", ".join(["%s"] * len(_COLUMNS))
        table = quote(AuditEntry._meta.db_table)
        _statements[vendor] = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 no value
    return _statements[vendor]
