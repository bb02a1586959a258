"""What this app does when it hears an event: it queues a task, nothing is decided here."""

from __future__ import annotations

from gateways import events, tasks
from vamp.ports.events import Message

CONSUMER = "gateways"
CONCERNS = events.NEEDS_PUBLICATION | events.NEEDS_MANIFEST
URGENT = events.NEEDS_PUBLICATION


def on_message(message: Message) -> None:
    """Queue publication for the environment of an event that makes a part or the manifest stale."""
    what = message.subject.split(".", 3)[-1]
    if what in events.NEEDS_PUBLICATION:
        named = message.payload.get("gateways") or [message.payload.get("gateway")]
        first = [str(name) for name in named if name]
        tasks.publish.delay(int(message.payload["environment_id"]), first)
    elif what in events.NEEDS_MANIFEST:
        tasks.publish_manifest.delay(int(message.payload["environment_id"]))
