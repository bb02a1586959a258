"""Printing what an environment's agents open the key-value store with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.connections import kv_url
from tenants.models import Environment
from tenants.selectors import namespace_row
from tenants.services.agent_keys import GRACE_S, agent_key, rotate_agent_key
from vamp.errors import VampError
from vamp.ports.errors import PortError
from vamp.terminal import person


class Command(BaseCommand):
    """Prints the key, or a new one."""

    help = "Print what an environment's agents need to open the key-value store."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the environment, and whether to make a new key."""
        parser.add_argument("environment", help="organisation/environment")
        parser.add_argument(
            "--rotate", action="store_true", help="make a new key; the old one ends after the grace"
        )
        parser.add_argument(
            "--grace", type=float, default=GRACE_S, metavar="S", help="seconds of the grace"
        )

    def handle(
        self, *args: Any, environment: str, rotate: bool, grace: float, **options: Any
    ) -> None:
        """Print two variables."""
        organisation, _, name = environment.partition("/")
        row = namespace_row(organisation, name) if name else None
        if not isinstance(row, Environment):
            raise CommandError(f"there is no environment {environment}")
        try:
            key = rotate_agent_key(row, grace_s=grace, actor=person()) if rotate else agent_key(row)
        except (VampError, PortError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"VAMP_AGENT_KV_URL={kv_url(row)}")
        self.stdout.write(f"VAMP_AGENT_KV_KEY={key}")
