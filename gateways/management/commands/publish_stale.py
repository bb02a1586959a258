"""One pass over what awaits publication."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gateways.models import Gateway
from gateways.services.publication import publish_stale
from tenants.selectors import every_environment
from vamp.ports.errors import PortError


class Command(BaseCommand):
    """Publishes every stale gateway of every environment, once."""

    help = "Publish every gateway whose agents hold an older definition. Exits 1 if any failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to list only."""
        parser.add_argument("--dry-run", action="store_true", help="list them, write nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        """Publish, and say what could not be."""
        failed = 0
        for environment in every_environment():
            for gateway in Gateway.objects.in_environment(environment).stale():
                self.stdout.write(f"{environment}/{gateway.name}")
            try:
                if not dry_run:
                    publish_stale(environment)
            except PortError as error:
                failed += 1
                self.stderr.write(f"{environment}: {error}")
        if failed:
            raise CommandError(f"{failed} environments not published")
