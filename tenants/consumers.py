"""What this app does when it hears an event: it queues a task, nothing is decided here."""

from __future__ import annotations

from tenants import events, tasks
from vamp.outbox import ORGANISATION_WIDE
from vamp.ports.events import Message

CONSUMER = "tenants"
ENDS_KEYS = frozenset({events.TOKEN_REVOKED, events.TOKEN_ROTATED})
CONCERNS = events.CONFIGURES | events.DELETES | ENDS_KEYS | {events.SETUP_REQUESTED}
URGENT: frozenset[str] = frozenset()


def on_message(message: Message) -> None:
    """Queue what a namespace that was made, changed or deleted, or a set-up, needs.

    A token of agents that is revoked or rotated also ends what they hear events with.
    """
    _, organisation, environment, what = message.subject.split(".", 3)
    if what in events.CONFIGURES:
        own = environment == ORGANISATION_WIDE
        tasks.publish_configuration.delay(organisation, "" if own else environment)
    elif what in events.DELETES:
        kind = "environment" if what == events.ENVIRONMENT_RETIRED else "organisation"
        tasks.continue_deletion_of.delay(f"{kind}/{int(message.payload[f'{kind}_id'])}")
    elif what == events.SETUP_REQUESTED:
        tasks.set_up.delay(message.payload["environment_id"], message.payload["number"])
    elif what in ENDS_KEYS and "environment_id" in message.payload:
        tasks.end_events_key.delay(message.payload["token_id"])
