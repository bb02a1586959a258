"""What an organisation's end overtook: events that were under way, removed once they have arrived.

The relay makes no stream for an organisation that is gone. One that was about to may be slower than
the deletion; and the newest event of a database stays where it is, whoever's it is, for positions are
counted from it. Both are cleared up here.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from tenants.selectors import organisations_gone
from tenants.services.owned_rows import BY_NAME, delete_by_name
from vamp import streams
from vamp.contention import held_apart
from vamp.databases import DEFAULT, aliases
from vamp.ports.errors import PortError

log = logging.getLogger("tenants")


def clear_up() -> None:
    """Remove what came late of organisations that are gone. Idempotent.

    Looks back for as long as events are kept. Cost: a query, one for each kind of row in each
    database, and four round trips to the installation's stream for each organisation.
    """
    since = timezone.now() - timedelta(days=settings.VAMP.event_retention_days)
    gone = organisations_gone(since)
    if not gone:
        return
    for database in aliases():
        with held_apart("leftovers.not_removed", database=database):
            for model in BY_NAME:
                delete_by_name(model, database, organisation__in=gone)
    stream = streams.installation_stream()
    if stream.is_embedded:  # its rows are the events
        return
    try:
        for name in gone:
            count = streams.opened(stream, DEFAULT).purge(f"vamp.{name}.>")
            if count:
                log.warning("events.came_late", extra={"organisation": name, "events": count})
    except PortError as error:
        log.warning("leftovers.not_removed", extra={"stream": str(stream), "error": str(error)})
