"""Where the time of a change goes, from the rows and files that it leaves behind."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateways import events
from tests.bench.measurement import percentile, rounded


@dataclass(frozen=True, slots=True)
class Change:
    """One change of weights. All times in milliseconds since 1970, by the same clock.

    Attributes:
        generation: that it gave the gateway.
        sent_ms: when the request was sent; accepted_ms: when its answer was read.
        live_ms: when the first request was answered on the new split.
        written_ms: when the manifest was last written, seen just after that.
    """

    generation: int
    sent_ms: float
    accepted_ms: float
    live_ms: float
    written_ms: float


def trace_ms(database: Path, changes: Sequence[Change]) -> Mapping[str, Mapping[str, float]]:
    """Return, for each way point, median and p95 of the milliseconds since the request was sent.

    ``emitted``: the event's row was made, within the transaction; ``accepted``: the answer was
    read; ``manifest``: the key-value store had the new manifest; ``published``: the publication
    was noted in the rows; ``live``: answered; ``applied``: an agent's report was written down.
    """
    emitted = _times(database, events.WEIGHTS_CHANGED, lambda told: [told["generation"]])
    published = _times(database, events.GATEWAY_PUBLISHED, lambda told: told["gateways"].values())
    applied = _times(database, events.GATEWAY_APPLIED, lambda told: told["gateways"].values())
    points: Mapping[str, Sequence[tuple[Change, float | None]]] = {
        "emitted": [(c, emitted.get(c.generation)) for c in changes],
        "accepted": [(c, c.accepted_ms) for c in changes],
        "manifest": [(c, c.written_ms or None) for c in changes],
        "published": [(c, published.get(c.generation)) for c in changes],
        "live": [(c, c.live_ms) for c in changes],
        "applied": [(c, applied.get(c.generation)) for c in changes],
    }
    found = {
        point: [at - change.sent_ms for change, at in seen if at is not None]
        for point, seen in points.items()
    }
    return {
        point: {"median": rounded(percentile(ms, 0.5)), "p95": rounded(percentile(ms, 0.95))}
        for point, ms in found.items()
        if ms
    }


def _times(
    database: Path, what: str, generations: Callable[[Mapping[str, Any]], Iterable[int]]
) -> dict[int, float]:
    """Return generation → when the first event called `what` told of it."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT payload, emitted_at FROM vamp_outboxevent WHERE subject LIKE ? ORDER BY id DESC",
            (f"%.{what}",),
        ).fetchall()
    finally:
        connection.close()
    found: dict[int, float] = {}
    for payload, emitted_at in rows:
        at = datetime.fromisoformat(emitted_at).replace(tzinfo=UTC).timestamp() * 1000
        found |= dict.fromkeys(generations(json.loads(payload)), at)
    return found
