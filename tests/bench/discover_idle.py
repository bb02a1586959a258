"""``discover.idle.N``: N instances compared with the rows, and nothing changed."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import connections
from django.test.utils import CaptureQueriesContext

from gateways.services.discovery import reconcile
from tests.bench.measurement import Measurement
from tests.bench.rows import BareTable, bare_rows, new_environment, snapshot_of
from tests.bench.running import Tell, timed_ms

ROUNDS = 9


def measure(count: int, tell: Tell) -> Measurement:
    """Compare again and again; right means that not one statement wrote anything."""
    tell(f"writing {count} instances once")
    snapshot, environment = snapshot_of(count), new_environment()
    reconcile(environment, snapshot)
    bare = BareTable(Path(settings.STATE_DIR) / f"bare-idle-{count}.sqlite3")
    bare.empty()
    bare.insert(bare_rows(snapshot))
    with CaptureQueriesContext(connections[environment.database]) as queries:
        reconcile(environment, snapshot)
    writes = sum(not query["sql"].startswith("SELECT") for query in queries)
    samples, floors = [], []
    for number in range(ROUNDS):
        tell(f"round {number + 1} of {ROUNDS}")
        samples.append(timed_ms(lambda: reconcile(environment, snapshot)))
        floors.append(timed_ms(bare.read))
    bare.close()
    more = {"statements": len(queries), "writes": writes}
    return Measurement(samples, "ms", floors, is_right=not writes, more=more)
