"""A database like an installation's, for the benches of discovery, and a plain one beside it."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from django.conf import settings
from django.core.management import call_command

from tenants.models import Environment, Organisation
from tenants.services.tenancy import create_environment, create_organisation
from vamp.ports.scheduler import ObservedInstance, ObservedVersion, Snapshot

COPIES: Final = 5
"""Instances of each version; a service has two versions."""

SINCE: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACTOR: Final = "vamp:bench"

BareRow: TypeAlias = tuple[int, str, str, int, bool, str, int, str]

_numbers = itertools.count(1)


def new_environment() -> Environment:
    """Return an empty environment in the migrated database of this run."""
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"] and not Path(database["NAME"]).exists():
        call_command("migrate", verbosity=0, interactive=False)
    organisation = Organisation.objects.filter(name="bench").first()
    organisation = organisation or create_organisation("bench", actor=ACTOR)
    return create_environment(organisation, f"run-{next(_numbers)}", actor=ACTOR)


def snapshot_of(count: int) -> Snapshot:
    """Return what a scheduler with `count` ready instances says."""
    names = [
        (f"service-{number // (2 * COPIES)}", f"1.{number // COPIES % 2}.0")
        for number in range(0, count, COPIES)
    ]
    instances = [
        ObservedInstance(
            uid=f"{service}-{version}-{copy}",
            service=service,
            version=version,
            host=f"10.0.{place >> 8 & 255}.{place & 255}",
            port=8080 + copy,
            is_ready=True,
            since=SINCE,
            labels=_labels(service, version),
        )
        for place, (service, version) in enumerate(names)
        for copy in range(COPIES)
    ]
    versions = [
        ObservedVersion(service, version, COPIES, _labels(service, version))
        for service, version in names
    ]
    return Snapshot(tuple(instances), tuple(versions), cursor="1")


def _labels(service: str, version: str) -> dict[str, str]:
    return {"app": service, "version": version, "tier": "front", "team": "web"}


class BareTable:
    """A table with the columns and the index of an instance, in a file with the same options."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        options = settings.DATABASES["default"]["OPTIONS"]["init_command"]
        self._connection.executescript(options)

    def empty(self) -> None:
        """Begin with no row."""
        self._connection.executescript(
            "DROP TABLE IF EXISTS instance;"
            "CREATE TABLE instance (id INTEGER PRIMARY KEY, version INTEGER, uid TEXT, host TEXT,"
            " port INTEGER, is_ready BOOLEAN, since TEXT, restarts INTEGER, reason TEXT);"
            "CREATE UNIQUE INDEX instance_uid ON instance (version, uid);"
        )

    def insert(self, rows: Iterable[BareRow]) -> None:
        """Insert `rows` in one transaction, by the quickest call that there is."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT INTO instance (version, uid, host, port, is_ready, since, restarts, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        self._connection.execute("COMMIT")

    def read(self) -> Sequence[tuple[object, ...]]:
        """Return every row."""
        return self._connection.execute("SELECT * FROM instance").fetchall()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def bare_rows(snapshot: Snapshot) -> list[BareRow]:
    """Return the instances of `snapshot` as rows."""
    return [
        (
            number // COPIES,
            each.uid,
            each.host,
            each.port,
            each.is_ready,
            each.since.isoformat(),
            each.restarts,
            each.reason,
        )
        for number, each in enumerate(snapshot.instances)
    ]
