"""The process that keeps the schedule."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from vamp.processes import beating, probes, readiness
from vamp.processes.stopping import end_on_signals


class Command(BaseCommand):
    """Queues what the schedule asks for until SIGTERM; a second one waits for its turn."""

    help = "Keep the schedule: queue sweeps and ticks. One process does; others stand by."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to answer probes."""
        probes.add_arguments(parser)

    def handle(self, *args: Any, health_port: int, health_address: str, **options: Any) -> None:
        """Run until asked to end."""
        stop = end_on_signals()
        with probes.answering("beat", address=health_address, port=health_port):
            readiness.announce("beat")
            beating.run(stop, has_lease=True)
