"""Looking at every connection of the installation."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from tenants.domain.store import OF_ENVIRONMENT, OF_INSTALLATION, Store
from tenants.models import Environment
from tenants.selectors import every_environment
from tenants.services.check_questions import Place, Question, question, saved_url
from vamp import checking
from vamp.bounded import answers
from vamp.databases import DEFAULT, looked_up
from vamp.dsn import Dsn
from vamp.ports.checks import Checked, Tone

LIMIT_S = 10.0
"""For all together: whoever runs this by hand rather waits than reads of a slow one as silent."""

_DOCTORS: Mapping[Store, str] = {
    Store.KV: "key-value store",
    Store.EVENTS: "event stream",
    Store.METRICS: "metrics store",
    Store.SCHEDULER: "scheduler",
    Store.BROKER: "broker",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One connection to look at.

    Attributes:
        what: which connection; url: where to, without its secret.
        question: asks it.
    """

    what: str
    url: str
    question: Question


class Command(BaseCommand):
    """Opens every connection and says which answers, how fast, and what to do about the others."""

    help = "Open every connection; exit 1 if any does not do its work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask all of them at once, and report."""
        asked = [*_of_installation(), *_of_environments()]
        found = answers({each.what: each.question for each in asked}, limit_s=LIMIT_S)
        report = [(each, found[each.what]) for each in asked]
        if options["format"] == "json":
            self.stdout.write(json.dumps([_as_json(*entry) for entry in report], indent=2))
        else:
            for entry in report:
                self._tell(*entry)
        if any(not checked.ok for _, checked in report):
            raise CommandError("not every connection does its work")

    def _tell(self, asked: Asked, checked: Checked) -> None:
        mark = "ok  " if checked.ok else "FAIL"
        took = f"{checked.latency_ms:8.1f} ms" if checked.latency_ms is not None else " " * 11
        named = f"{checked.system} {checked.version}".strip()
        self.stdout.write(f"{mark} {asked.what:<38} {took}  {named:<24} {asked.url}")
        for finding in checked.findings:
            if finding.tone is not Tone.GOOD:
                hint = f"; {finding.hint}" if finding.hint else ""
                self.stdout.write(f"     {finding.what}: {finding.message}{hint}")


def _of_installation() -> Iterable[Asked]:
    for alias in looked_up():
        url = str(connections.settings[alias]["NAME"])
        yield Asked(f"database {alias}", url, _database(alias))
    for store in OF_INSTALLATION:
        if store is not Store.DATABASE:
            yield _asked(None, store, _DOCTORS[store])


def _of_environments() -> Iterable[Asked]:
    try:
        environments = every_environment()
    except Exception:  # its database is away or has no tables: that stands in its own line
        return
    for environment in environments:
        for store in OF_ENVIRONMENT:
            if _is_worth_asking(environment, store):
                yield _asked(environment, store, f"{environment} {_DOCTORS[store]}")


def _is_worth_asking(environment: Environment, store: Store) -> bool:
    """Leave out what was asked already: databases, and an installation's stream."""
    if store is Store.SCHEDULER:
        return bool(environment.scheduler_url)
    if store is Store.EVENTS:
        return saved_url(environment, store) != saved_url(None, store)
    return store is not Store.DATABASE


def _asked(place: Place, store: Store, what: str) -> Asked:
    return Asked(what, str(Dsn.parse(saved_url(place, store))), question(place, store))


def _database(alias: str) -> Question:
    return lambda: checking.check_database(alias or DEFAULT)


def _advice(checked: Checked) -> str:
    """Return what is not as it should be and what to do about it, one sentence a finding."""
    return " ".join(
        f"{each.what}: {each.message}" + (f"; {each.hint}." if each.hint else ".")
        for each in checked.findings
        if each.tone is not Tone.GOOD
    )


def _as_json(asked: Asked, checked: Checked) -> dict[str, Any]:
    return {
        "what": asked.what,
        "url": asked.url,
        "is_well": checked.ok,
        "ms": checked.latency_ms,
        "advice": _advice(checked),
        **checked.as_json(),
    }
