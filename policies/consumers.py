"""What this app does when it hears an event: it queues a task, nothing is decided here."""

from __future__ import annotations

from gateways.events import INSTANCES_CHANGED, ROUTE_ADDED
from policies import tasks
from policies.events import RELEASE_CHANGED, RELEASE_FINISHED, RELEASE_STARTED
from vamp.ports.events import Message

CONSUMER = "policies"

_STARTS = frozenset({ROUTE_ADDED, INSTANCES_CHANGED, RELEASE_FINISHED})
_OWES_HOOKS = frozenset({RELEASE_STARTED, RELEASE_CHANGED, RELEASE_FINISHED})

CONCERNS = _STARTS | _OWES_HOOKS
URGENT: frozenset[str] = frozenset()


def on_message(message: Message) -> None:
    """Look for releases to start where routes or instances came, and for hooks that are owed."""
    what = message.subject.split(".", 3)[-1]
    if what in _STARTS:
        tasks.start_due_in.delay(int(message.payload["environment_id"]))
    if what in _OWES_HOOKS:
        tasks.deliver_hooks.delay()
