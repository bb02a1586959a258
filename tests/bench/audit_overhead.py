"""``audit.overhead``: a change with its audit entry, and the same change without it."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.core.management import call_command

from gateways.documents.read import read_gateway
from gateways.services.definition import put_gateway
from gateways.services.weights import set_weights
from tests.bench.measurement import Measurement, Target
from tests.bench.rows import ACTOR, new_environment
from tests.bench.running import Tell, timed_ms
from vamp import audit
from vamp.audit.hashing import digest
from vamp.audit.sealing import content_of, seal
from vamp.audit.signing import ring
from vamp.audit.verifying import verify
from vamp.documents.source import Source
from vamp.models import AuditEntry

ROUNDS: Final = 600
WARM: Final = 40
SHARES: Final = (1_000, 2_000)
TARGET: Final = 1.15
"""A change with audit costs at most 15 % more."""

DOCUMENT: Final[dict[str, Any]] = {
    "kind": "Gateway",
    "name": "shop",
    "hosts": ["audit.bench.test"],
    "routes": [
        {"service": "shop", "version": "1.0.0", "weight": "100%"},
        {"service": "shop", "version": "1.1.0", "weight": "0%"},
    ],
}


def measure(tell: Tell) -> Measurement:
    """Change weights, in turn with and without an entry; seal and verify what came of it.

    Right means that each audited change left one entry which says what it says by its digest, and
    that the chain over them is whole.
    """
    call_command("migrate", verbosity=0, interactive=False)
    environment = new_environment()
    gateway = put_gateway(environment, read_gateway(Source.of(DOCUMENT)), actor=ACTOR).gateway
    stable, canary = (route.name for route in gateway.routes.all())
    entries = AuditEntry.objects.using(environment.database).filter(
        environment=environment.name, verb="weights.changed"
    )
    samples: list[float] = []
    floors: list[float] = []
    number = 0

    def change() -> None:
        nonlocal number
        number += 1
        share = SHARES[number % 2]
        set_weights(gateway, {stable: 10_000 - share, canary: share}, actor=ACTOR)

    gc.disable()
    try:
        for turn in range(ROUNDS + WARM):
            if turn % 100 == 0:
                tell(f"change {2 * turn} of {2 * (ROUNDS + WARM)}")
                gc.collect()
            # Each is first in every other turn: what the first leaves behind meets both.
            pairs = [(samples, _audited), (floors, _unaudited)]
            for found, so in pairs if turn % 2 else pairs[::-1]:
                with so():
                    took = timed_ms(change)
                if turn >= WARM:
                    found.append(took)
    finally:
        gc.enable()
    count = entries.count()
    is_told = all(row.digest == digest(content_of(row)) for row in entries[:100])
    tell(f"sealing {count} entries")
    begun = time.perf_counter()
    sealed = seal(environment.database, ring.keys())
    seal_s = time.perf_counter() - begun
    begun = time.perf_counter()
    verdict = verify(environment.database, ring.keys())
    verify_s = time.perf_counter() - begun
    return Measurement(
        samples,
        "ms",
        floors,
        Target(TARGET, of="ratio"),
        is_right=count == ROUNDS + WARM and is_told and verdict.is_whole,
        more={
            "sealed_per_s": round(sealed / seal_s),
            "verified_per_s": round(verdict.entries / verify_s),
        },
    )


@contextmanager
def _audited() -> Iterator[None]:
    yield


@contextmanager
def _unaudited() -> Iterator[None]:
    record = audit.record
    audit.record = lambda *arguments, **fields: None
    try:
        yield
    finally:
        audit.record = record
