"""One pass over what awaits publication."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gateways.models import Gateway
from gateways.services.publication import (
    publish_stale,
    republish_manifest,
    request_publication,
)
from tenants.models import Environment
from tenants.selectors import active_environments
from vamp.ports.errors import PortError

ACTOR = "vamp:publish-stale"


class Command(BaseCommand):
    """Publishes every stale gateway of every environment, once; or all of them anew."""

    help = "Publish every gateway whose agents hold an older definition. Exits 1 if any failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to list only, and whether to publish what is not stale too."""
        parser.add_argument("--dry-run", action="store_true", help="list them, write nothing")
        parser.add_argument(
            "--all",
            action="store_true",
            dest="is_all",
            help="publish every gateway anew, for a key-value store that was lost",
        )

    def handle(self, *args: Any, dry_run: bool, is_all: bool, **options: Any) -> None:
        """Publish, and say what could not be."""
        failed = 0
        for environment in active_environments():
            rows = Gateway.objects.in_environment(environment)
            for gateway in rows.present() if is_all else rows.stale():
                self.stdout.write(f"{environment}/{gateway.name}")
            try:
                if not dry_run:
                    _publish(environment, is_all=is_all)
            except PortError as error:
                failed += 1
                self.stderr.write(f"{environment}: {error}")
        if failed:
            raise CommandError(f"{failed} environments not published")


def _publish(environment: Environment, *, is_all: bool) -> None:
    if is_all:
        for gateway in Gateway.objects.in_environment(environment).present():
            gateway.environment = environment
            request_publication(gateway, actor=ACTOR)
        republish_manifest(environment)
    publish_stale(environment)
