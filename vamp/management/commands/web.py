"""The process that serves admin and API."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vamp.listening import hindrance
from vamp.processes import probes, web
from vamp.processes.stopping import end_on_signals


class Command(BaseCommand):
    """Serves over ASGI until SIGTERM."""

    help = "Serve the admin screens, the API and its event streams."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the addresses to listen on."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        probes.add_arguments(parser)

    def handle(
        self,
        *args: Any,
        host: str,
        port: int,
        health_port: int,
        health_address: str,
        **options: Any,
    ) -> None:
        """Run until asked to end."""
        if why := hindrance(host, port):
            raise CommandError(why)
        end_on_signals()  # for the moments before uvicorn listens to signals itself
        with probes.answering("web", address=health_address, port=health_port):
            web.run(host, port)
