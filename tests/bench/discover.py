"""``discover.N``: a scheduler's N instances written into an empty environment's rows."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from gateways.models import Instance
from gateways.services.discovery import reconcile
from tests.bench.measurement import Measurement, Target
from tests.bench.rows import BareTable, bare_rows, new_environment, snapshot_of
from tests.bench.running import Tell, timed_ms

ROUNDS = {1_000: 9, 10_000: 5}

TARGETS_MS = {1_000: 1_000.0, 10_000: 10_000.0}


def measure(count: int, tell: Tell) -> Measurement:
    """Discover `count` instances in a new environment each round."""
    snapshot = snapshot_of(count)
    rows = bare_rows(snapshot)
    bare = BareTable(Path(settings.STATE_DIR) / f"bare-{count}.sqlite3")
    samples, floors = [], []
    is_right = True
    for number in range(ROUNDS[count]):
        tell(f"round {number + 1} of {ROUNDS[count]}")
        environment = new_environment()
        samples.append(timed_ms(lambda: reconcile(environment, snapshot)))  # noqa: B023 called here
        bare.empty()
        floors.append(timed_ms(lambda: bare.insert(rows)))
        found = Instance.objects.in_environment(environment).filter(is_ready=True).count()
        is_right = is_right and found == count
    bare.close()
    return Measurement(samples, "ms", floors, Target(TARGETS_MS[count]), is_right)
