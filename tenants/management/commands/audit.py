"""The audit trail from a terminal."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rich.console import Console

from tenants.management import audit_keys
from tenants.management.audit_report import UNKNOWN, as_json, exit_code, show
from tenants.management.audit_walk import comparisons_of, verdicts_of
from tenants.models import Organisation
from tenants.selectors import namespace_row
from tenants.services.audit_trail import databases_of, export_trail
from vamp.audit import signing
from vamp.audit.acknowledging import acknowledge
from vamp.audit.exporting import FORMATS
from vamp.audit.findings import Comparison
from vamp.audit.signing import KeysUnreadable, ring
from vamp.audit.trail import Wanted
from vamp.databases import looked_up
from vamp.ports.errors import PortError
from vamp.terminal import person

ACTIONS = ("verify", "export", "acknowledge", "keys", "rotate-key")


class Command(BaseCommand):
    """Verifies the chain, exports the trail, and lets sealing go on after a break."""

    help = (
        "verify: walk the chain of every database and say where it was edited, removed, inserted or"
        " reordered. export: write entries as CSV or JSON lines. acknowledge: let sealing go on"
        " after a break that you looked at. keys: list the keys that sign, with their public halves."
        " rotate-key: sign with a new key from now on. verify exits 0 if all is whole, 1 if something was"
        " found, 3 if something could not be checked, 4 if entries wait and nobody seals them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to do, and on what."""
        parser.add_argument("action", choices=ACTIONS)
        parser.add_argument("--database", default="", help="alias of one database; default: all")
        parser.add_argument(
            "--organisation",
            default="",
            help="verify: the databases of this one, and findings that concern it; export: whose",
        )
        parser.add_argument(
            "--against-archive",
            action="store_true",
            help="verify: compare every entry with what was shipped to the archives as well",
        )
        parser.add_argument("--environment", help="export: only this one's")
        parser.add_argument("--since", default="", help="export: not before this (ISO 8601)")
        parser.add_argument("--until", default="", help="export: before this (ISO 8601)")
        parser.add_argument("--format", default="jsonl", choices=[*FORMATS], help="of an export")
        parser.add_argument("--output-file", default="", help="export: default: standard output")
        parser.add_argument(
            "--reason", default="", help="acknowledge: what happened; rotate-key: why"
        )
        parser.add_argument(
            "--drop",
            action="store_true",
            help="rotate-key: make none; sign anew what old keys signed, and forget those",
        )
        parser.add_argument(
            "-o", "--output", default="text", choices=["text", "json"], help="verify, keys: form"
        )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        """Do it."""
        getattr(self, f"_{action.replace('-', '_')}")(options)

    def _verify(self, options: dict[str, Any]) -> None:
        databases = _databases(options)
        try:
            ring.forget()
            keys = ring.keys()
        except (PortError, KeysUnreadable) as error:
            self.stderr.write(f"The keys of the trail cannot be read: {error}")
            sys.exit(UNKNOWN)
        verdicts, failures = verdicts_of(databases, keys, options["organisation"])
        comparisons: list[Comparison] | None = None
        if options["against_archive"]:
            organisation = _organisation(options["organisation"])
            comparisons, missed = comparisons_of(databases, organisation)
            failures += missed
        now = timezone.now()
        if options["output"] == "json":
            self.stdout.write(as_json(verdicts, failures, now, comparisons))
        else:
            show(self._console(), verdicts, failures, now, comparisons or [])
        if code := exit_code(verdicts, failures, now, comparisons or []):
            sys.exit(code)

    def _keys(self, options: dict[str, Any]) -> None:
        audit_keys.list_keys(self._console(), as_json=options["output"] == "json")

    def _rotate_key(self, options: dict[str, Any]) -> None:
        try:
            if options["drop"]:
                audit_keys.drop(self._console())
            else:
                audit_keys.turn_over(self.stdout.write, reason=options["reason"])
        except (PortError, KeysUnreadable) as error:
            raise CommandError(f"The keys of the trail cannot be turned over: {error}") from error

    def _console(self) -> Console:
        return Console(file=self.stdout, highlight=False)  # type: ignore[arg-type]

    def _export(self, options: dict[str, Any]) -> None:
        organisation = _organisation(options["organisation"])
        wanted = Wanted(
            environment=options["environment"],
            since=_moment(options["since"], "--since"),
            until=_moment(options["until"], "--until"),
        )
        pieces = export_trail(organisation, wanted, options["format"], actor=person())
        if options["output_file"]:
            descriptor = os.open(
                options["output_file"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600
            )
            with os.fdopen(descriptor, "wb") as file:
                _write(file, pieces)
            return
        for piece in pieces:
            self.stdout.write(piece.decode(), ending="")

    def _acknowledge(self, options: dict[str, Any]) -> None:
        if not options["database"] or not options["reason"].strip():
            raise CommandError("name the database, and say what happened: --database, --reason")
        (database,) = _databases(options)
        head = acknowledge(
            database, ring.keys(), signing.store(), actor=person(), reason=options["reason"]
        )
        self.stdout.write(f"{database}: sealing goes on after position {head.position}.")


def _databases(options: dict[str, Any]) -> Sequence[str]:
    there = looked_up()  # a process that has just begun has met none of the tenants' own
    if options["database"]:
        if options["database"] not in there:
            known = ", ".join(there)
            raise CommandError(f"no such database: {options['database']}; there are {known}")
        return [options["database"]]
    organisation = _organisation(options["organisation"])
    return databases_of(organisation) if organisation else there


def _organisation(name: str) -> Organisation | None:
    if not name:
        return None
    row = namespace_row(name)
    if not isinstance(row, Organisation):
        raise CommandError(f"there is no organisation {name}")
    return row


def _moment(text: str, option: str) -> Any:
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"{option}: not a time: {text!r}; write 2026-03-01T12:00:00Z")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _write(file: BinaryIO, pieces: Any) -> None:
    for piece in pieces:
        file.write(piece)
