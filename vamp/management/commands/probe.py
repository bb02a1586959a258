"""Asking a process of this machine how it is, for probes that run a command."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError

from vamp.dependencies import NEEDS
from vamp.processes.probes import place_of

TIMEOUT_S = 5.0


class Command(BaseCommand):
    """Exit code 0 where the process is well, else 1 and why."""

    help = "Ask a process of this machine whether it is ready, or alive; exit 1 if not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which process, and what to ask it."""
        parser.add_argument("process", choices=sorted(NEEDS))
        parser.add_argument(
            "--address", default="", help="host:port; left out: as its state folder says"
        )
        parser.add_argument("--live", action="store_true", help="whether it is alive, not ready")

    def handle(self, *args: Any, process: str, address: str, live: bool, **options: Any) -> None:
        """Ask once."""
        page = "healthz" if live else "readyz"
        url = f"http://{address or self._address_of(process)}/{page}"
        try:
            answer = requests.get(url, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            raise CommandError(
                f"{process} does not answer at {url}: {type(error).__name__}"
            ) from None
        if not answer.ok:
            raise CommandError(f"{process}: {answer.text.strip()}")
        self.stdout.write(f"{process}: {answer.text.strip()}")

    def _address_of(self, process: str) -> str:
        try:
            return place_of(process).read_text().strip()
        except FileNotFoundError:
            raise CommandError(
                f"{process} answers no probes here; start it with --health-port,"
                " or set VAMP_HEALTH_PORT"
            ) from None
