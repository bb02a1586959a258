"""Looking after what agents hear events with and should not: what waits for its end, and why."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.services.events_key_ends import forget, waiting_at, work_off
from vamp.errors import VampError
from vamp.ports.errors import PortError
from vamp.terminal import person


class Command(BaseCommand):
    """Tries once more, and lists what is left; or forgets what somebody has seen to."""

    help = "End what agents no longer should hear events with, and list what waits and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to forget."""
        parser.add_argument(
            "--forget", type=int, nargs="+", default=[], metavar="NUMBER",
            help="try no more: the user was revoked at its account by hand, or its server is gone",
        )  # fmt: skip

    def handle(self, *args: Any, forget: Sequence[int], **options: Any) -> None:
        """Print a line for each."""
        try:
            _forget(forget)
        except VampError as error:
            raise CommandError(str(error)) from error
        try:
            work_off()
        except PortError as error:
            self.stderr.write(str(error))
        for row in waiting_at(None):
            since = row.due_at.isoformat(timespec="seconds")
            self.stdout.write(f"{row.pk}  {row}  since {since}  {row.waits_for or 'not tried yet'}")


def _forget(numbers: Sequence[int]) -> None:
    for number in numbers:
        forget(number, actor=person())
