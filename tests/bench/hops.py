"""Where the time of a change goes, from the events and log lines that it leaves behind."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateways import events
from gateways.management.booting import Booted
from tests.bench.measurement import percentile, rounded


@dataclass(frozen=True, slots=True)
class Change:
    """One change of weights. All times in milliseconds since 1970, by the same clock.

    Attributes:
        generation: that it gave the gateway.
        request_id: that the request was sent with, and that log lines carry.
        sent_ms: when the request was sent; accepted_ms: when its answer was read.
        live_ms: when the first request was answered on the new split.
    """

    generation: int
    request_id: str
    sent_ms: float
    accepted_ms: float
    live_ms: float


def trace_ms(up: Booted, changes: Sequence[Change]) -> Mapping[str, Mapping[str, float]]:
    """Return, for each way point, median and p95 of the milliseconds since the request was sent.

    ``emitted``: the event's row was made, within the transaction; ``accepted``: the answer was
    read; ``handed over``: a consumer had the event and queued the task; ``task done``: the worker
    had published; ``published``: the publication was noted in the rows; ``live``: answered;
    ``applied``: an agent's report was written down.
    """
    told = list(_events(up))
    emitted = _times(told, events.WEIGHTS_CHANGED, lambda found: [found["generation"]])
    published = _times(told, events.GATEWAY_PUBLISHED, lambda found: found["gateways"].values())
    applied = _times(told, events.GATEWAY_APPLIED, lambda found: found["gateways"].values())
    logged = _logged(up.folder / "logs")
    points: Mapping[str, Sequence[tuple[Change, float | None]]] = {
        "emitted": [(c, emitted.get(c.generation)) for c in changes],
        "accepted": [(c, c.accepted_ms) for c in changes],
        "handed over": [(c, logged["message.handed_over"].get(c.request_id)) for c in changes],
        "published": [(c, published.get(c.generation)) for c in changes],
        "task done": [(c, logged["task.ended"].get(c.request_id)) for c in changes],
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


def _events(up: Booted) -> Iterator[Mapping[str, Any]]:
    after, is_more = 0, True
    while is_more:
        told = up.call("GET", "events", params={"after": after, "limit": 500}).json()
        after, is_more = told["after"], told["is_more"]
        yield from told["results"]


def _times(
    told: Iterable[Mapping[str, Any]],
    what: str,
    generations: Callable[[Mapping[str, Any]], Iterable[int]],
) -> dict[int, float]:
    """Return generation → when the first event called `what` told of it."""
    found: dict[int, float] = {}
    for event in told:
        if event["subject"].endswith(f".{what}"):
            at = _ms(event["emitted_at"])
            for generation in generations(event["payload"]):
                found.setdefault(generation, at)
    return found


def _logged(folder: Path) -> Mapping[str, Mapping[str, float]]:
    """Return event of a log line → request id → when it was first written."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for path in folder.glob("*.log"):
        for text in path.read_text(errors="replace").splitlines():
            try:
                line = json.loads(text)
                name, request_id, at = line["event"], line["request_id"], _ms(line["at"])
            except (ValueError, KeyError, TypeError):
                continue
            found[name].setdefault(request_id, at)
    return found


def _ms(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000
