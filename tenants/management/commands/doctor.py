"""Looking at every connection of the installation."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from tenants.connections import (
    events_of,
    kv_for,
    kv_url,
    metrics_for,
    metrics_url,
    scheduler_for,
    stream_of,
)
from tenants.models import Environment
from tenants.selectors import every_environment
from vamp import migrating, streams
from vamp.celery import app
from vamp.databases import DEFAULT, aliases, looked_up
from vamp.dsn import Dsn
from vamp.errors import Conflict, VampError
from vamp.ports.events import EventStream
from vamp.ports.metrics import Window


@dataclass(frozen=True, slots=True)
class Finding:
    """How one connection answered.

    Attributes:
        what: which connection; url: where to, without its secret.
        is_well: it answered.
        ms: how long that took.
        advice: what to do where it did not.
    """

    what: str
    url: str
    is_well: bool
    ms: float
    advice: str = ""


class Command(BaseCommand):
    """Opens every connection and says which answers, how fast, and what to do about the others."""

    help = "Open every connection; exit 1 if any does not answer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        """Try each and report."""
        findings = list(_findings())
        if options["format"] == "json":
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            for finding in findings:
                mark = "ok  " if finding.is_well else "FAIL"
                self.stdout.write(f"{mark} {finding.what:<38} {finding.ms:8.1f} ms  {finding.url}")
                if finding.advice:
                    self.stdout.write(f"     {finding.advice}")
        if any(not finding.is_well for finding in findings):
            raise CommandError("not every connection answers")


def _findings() -> Iterator[Finding]:
    for alias in looked_up():
        url = str(connections.settings[alias]["NAME"])
        yield _tried(f"database {alias}", url, partial(_select, alias))
    yield _tried("broker", str(Dsn.parse(settings.CELERY_BROKER_URL)), _ask_broker)
    for alias in aliases():
        yield _tried(
            f"events of {alias}",
            str(Dsn.parse(settings.EVENTS_URL)),
            partial(_hear, events_of(alias)),
        )
    try:
        environments = every_environment()
    except Exception as error:
        yield Finding("environments", "", False, 0.0, f"{error}; run manage.py migrate")
        return
    for environment in environments:
        yield from _of(environment)


def _of(environment: Environment) -> Iterator[Finding]:
    place = f"{environment.organisation.name}/{environment.name}"
    yield _tried(
        f"{environment} key-value store",
        str(Dsn.parse(kv_url(environment))),
        lambda: kv_for(environment).get(f"{place}/environment"),
    )
    yield _tried(
        f"{environment} metrics store",
        str(Dsn.parse(metrics_url(environment))),
        lambda: _ask_metrics(environment),
    )
    if stream_of(environment) != streams.installation_stream():
        yield _tried(
            f"{environment} event stream",
            str(stream_of(environment)),
            lambda: _hear(streams.opened(stream_of(environment), environment.database)),
        )
    if environment.scheduler_url:
        yield _tried(
            f"{environment} scheduler",
            str(Dsn.parse(environment.scheduler_url)),
            lambda: scheduler_for(environment).snapshot(),
        )


def _tried(what: str, url: str, ask: Callable[[], object]) -> Finding:
    begun = time.perf_counter()
    try:
        ask()
    except VampError as error:
        return Finding(what, url, False, _ms(begun), error.message)
    except Exception as error:
        return Finding(what, url, False, _ms(begun), f"{type(error).__name__}: {error}")
    return Finding(what, url, True, _ms(begun))


def _ms(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000


def _ask_metrics(environment: Environment) -> None:
    now = timezone.now()
    metrics_for(environment).traffic([Window("doctor", now - timedelta(seconds=1), now)])


def _select(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")
    if alias != DEFAULT and (missing := migrating.behind(alias)):
        raise Conflict(f"{len(missing)} migrations behind; run manage.py migrate_all")


def _hear(stream: EventStream) -> None:
    # Of a subject that nothing has: a server that is asked for what it holds would read it all.
    stream.replay(after=0, subject="vamp._.>", limit=1)


def _ask_broker() -> None:
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=5)
