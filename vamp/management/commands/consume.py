"""The process that brings events to tasks."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from vamp.processes import consuming, probes, readiness
from vamp.processes.stopping import end_on_signals


class Command(BaseCommand):
    """Relays outboxes to the event stream and hands messages to the apps, until SIGTERM."""

    help = "Relay committed events to the stream, and queue the tasks that they ask for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to answer probes."""
        probes.add_arguments(parser)

    def handle(self, *args: Any, health_port: int, health_address: str, **options: Any) -> None:
        """Run until asked to end."""
        stop = end_on_signals()
        with probes.answering("consume", address=health_address, port=health_port):
            readiness.announce("consume")
            consuming.run(stop)
