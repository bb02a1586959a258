"""The process that brings events to tasks."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from vamp.processes import consuming, readiness
from vamp.processes.stopping import end_on_signals


class Command(BaseCommand):
    """Relays outboxes to the event stream and hands messages to the apps, until SIGTERM."""

    help = "Relay committed events to the stream, and queue the tasks that they ask for."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until asked to end."""
        stop = end_on_signals()
        readiness.announce("consume")
        consuming.run(stop)
