"""``manage.py render``: HAProxy's configuration for a file of gateway documents."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gateways.haproxy.files import assembled_from, rendered, write_files
from gateways.haproxy.settings import AssembleSettings
from vamp.errors import Invalid

BAD_INPUT = 2
"""Exit code for documents that are refused."""


class Command(BaseCommand):
    """Reads documents, prints or writes files; touches no database and no server."""

    help = "Print or write the complete HAProxy configuration for a file of gateway documents."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", required=True, help="YAML or JSON documents; - reads stdin")
        parser.add_argument("--format", choices=("haproxy", "json"), default="haproxy")
        parser.add_argument("--out", type=Path, help="write haproxy.cfg and maps/ into this folder")
        parser.add_argument("--bind", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--shared-port", type=int, default=8080, help="port for hosts")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(answer(options), ending="")
        except Invalid as error:
            lines = [f"  {fault}" for fault in error.faults] or [f"  {error.message}"]
            refusal = "\n".join([f"{options['file']} is refused:", *lines])
            raise CommandError(refusal, returncode=BAD_INPUT) from error
        except (OSError, ValueError) as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error


def answer(options: dict[str, Any]) -> str:
    """Do what the options ask for; return what is to be printed.

    Raises:
        Invalid: the documents are refused.
        OSError: a file cannot be read or written.
        ValueError: an option is out of range, or the file is not UTF-8.
    """
    out: Path | None = options["out"]
    folder = (out or Path.cwd()).absolute()
    settings = AssembleSettings(
        directory=str(folder), bind_address=options["bind"], shared_port=options["shared_port"]
    )
    text = read_text(options["file"])
    if out is None:
        return rendered(text, settings, form=options["format"])
    write_files(assembled_from(text, settings), folder)
    return ""


def read_text(name: str) -> str:
    """Return what the file holds; ``-`` is standard input."""
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
