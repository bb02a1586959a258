"""`manage.py simulate`: what the Release Agent would have done, without a release."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand

from policies.documents.read import read_policy
from policies.documents.readings import read_readings
from policies.domain import transcript
from policies.domain.policy import Policy
from policies.domain.simulation import Line, simulate
from vamp.errors import Fault, Invalid

T = TypeVar("T")


class Command(BaseCommand):
    """Reads two files and writes lines; no database, no network."""

    help = (
        "Run the Release Agent's machine over written readings and print every verdict, state and "
        "weight in order. Exits 2 with every fault if a file is bad. See docs/policies.md."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--policy", required=True, type=Path, help="a ReleasePolicy document")
        parser.add_argument("--readings", required=True, type=Path, help="a list of readings")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(
        self, *_args: Any, policy: Path, readings: Path, format: str, **_options: Any
    ) -> None:
        """Run it."""
        plan = self._read(policy, lambda text: read_policy(text, name=policy.stem))
        ticks = self._read(readings, read_readings)
        if plan is None or ticks is None:
            sys.exit(2)
        for note in plan.notes:
            self.stderr.write(f"{policy}: converted: {note}")
        lines = list(simulate(plan.plan, ticks))
        write = self._write_values if format == "json" else self._write_text
        write(plan.plan, lines, ticks[-1].at)

    def _write_text(self, policy: Policy, lines: Sequence[Line], until: datetime) -> None:
        self.stdout.write(transcript.heading())
        for line in lines:
            self.stdout.write(transcript.as_text(line, policy))
        last = lines[-1]
        at = last.at if last.state.phase.is_over else until
        self.stdout.write(transcript.ending_text(at, last.state))

    def _write_values(self, policy: Policy, lines: Sequence[Line], until: datetime) -> None:
        for line in lines:
            self.stdout.write(json.dumps(transcript.as_value(line, policy)))
        last = lines[-1]
        at = last.at if last.state.phase.is_over else until
        self.stdout.write(json.dumps(transcript.ending_value(at, last.state, policy)))

    def _read(self, path: Path, read: Callable[[str], T]) -> T | None:
        try:
            return read(path.read_text(encoding="utf-8"))
        except Invalid as error:
            faults = error.faults
        except (OSError, UnicodeDecodeError) as error:
            faults = (Fault("", f"cannot be read: {error}", code="unreadable"),)
        for fault in faults:
            self.stderr.write(f"{path}: {fault}")
        return None
