"""The metrics store: rolled-up traffic, and the answers that verdicts are made of.

Real: Elasticsearch. Embedded: tables of the environment's database.

Latency histograms have bounds that everything shares, one counter a bound, so that any store can
add them up; `percentile` interpolates within a bound.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from vamp.ports.checks import Checked
from vamp.ports.errors import PortRefused

LATENCY_BOUNDS_MS: tuple[float, ...] = (
    1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024,
    1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 32768, 65536,
)  # fmt: skip
"""Upper bounds in milliseconds, inclusive; one more counter holds what is above the last.

Neighbours differ by a factor of 1.33–1.5 (2 at the far end), so an interpolated percentile is
off by less than half a bound's width: at most 25 % of the value, 12 % on average."""

HISTOGRAM_SIZE = len(LATENCY_BOUNDS_MS) + 1

STATUS_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "none")
"""Order of `Rollup.statuses`; ``none`` counts requests that ended without an answer."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """What one agent saw on one route in one short span of time. Written once, never changed.

    Attributes:
        id: ``<agent>/<boot>/<start>/<gateway>/<route>/<part>``: writing it again changes nothing;
            late lines make a further part.
        agent: name of the agent.
        gateway: name of the gateway; route: name of the route in it.
        service: service behind the route, empty for a fixed address or another gateway.
        version: version of that service, empty likewise.
        start: beginning of the span, aware UTC.
        seconds: length of the span.
        count: requests (for tcp: sessions) that ended in the span.
        statuses: how many of them per class, in the order of `STATUS_CLASSES`.
        errors: answers of 500 and above, or ended by a fault of the server's side; the numerator
            of ``error_ratio``.
        bytes_out: bytes sent to clients.
        latency_sum_ms: sum of total times.
        latency_histogram: `HISTOGRAM_SIZE` counters over `LATENCY_BOUNDS_MS`.
    """

    id: str
    agent: str
    gateway: str
    route: str
    service: str
    version: str
    start: datetime
    seconds: float
    count: int
    statuses: tuple[int, ...]
    errors: int
    bytes_out: int
    latency_sum_ms: float
    latency_histogram: tuple[int, ...]


_KEYED = re.compile(r"key/([0-9a-f]{32})")


def rollup_key(rollup_id: str) -> str:
    """Return 32 hexadecimal digits that stand for a rollup's id in every store, however long it is.

    The id of one that was read back from a store says its key itself: see `keyed`.
    """
    if found := _KEYED.fullmatch(rollup_id):
        return found[1]
    return hashlib.blake2b(rollup_id.encode(), digest_size=16).hexdigest()


def keyed(key: str) -> str:
    """Return the id of a rollup of which a store only kept the key.

    Documents of older versions have their rollup's id for a key, which is taken as it is.
    """
    return f"key/{key}" if _KEYED.fullmatch(f"key/{key}") else key


class Tally(NamedTuple):
    """How much lies in a span of time: whether two stores hold the same."""

    rollups: int
    requests: int


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far one agent's rollups are complete.

    Attributes:
        agent: name of the agent.
        complete_until: every line that ended before this is in a stored rollup.
        dropped: log lines known to be lost since the agent's boot; any rise within a window
            means that the window is not enough evidence.
        dropped_at: when `dropped` last rose; None if never.
    """

    agent: str
    complete_until: datetime
    dropped: int = 0
    dropped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which traffic a question is about: ``start <= t < end``.

    Attributes:
        gateway: name of the gateway.
        route: name of the route, or None for the whole gateway.
        version: only this version of the service behind it, or None for any.
        start: aware UTC, included.
        end: aware UTC, excluded.
    """

    gateway: str
    start: datetime
    end: datetime
    route: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """The sum of all rollups of a window.

    A window without rollups gives a `Traffic` with count 0: whether that means "no requests" or
    "nobody told us" is for the watermarks to say.
    """

    count: int = 0
    statuses: tuple[int, ...] = (0,) * len(STATUS_CLASSES)
    errors: int = 0
    bytes_out: int = 0
    latency_sum_ms: float = 0.0
    latency_histogram: tuple[int, ...] = (0,) * HISTOGRAM_SIZE


class RollupsRefused(PortRefused):
    """The store will never take some rollups of a `MetricsStore.write`; it has all the others.

    Attributes:
        reasons: id of a refused rollup → why.
    """

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        first = next(iter(self.reasons.values()), "")
        super().__init__(f"the metrics store refused {len(self.reasons)} rollups: {first}")


class MetricsStore(Protocol):
    """Traffic of one environment. Every method may raise `PortUnavailable`."""

    def write(self, rollups: Sequence[Rollup]) -> None:
        """Store `rollups`; those whose id is stored already are left as they are.

        Raises:
            RollupsRefused: some can never be stored; the others are.
        """
        ...

    def traffic(self, windows: Sequence[Window]) -> Sequence[Traffic]:
        """Return the sums, one a window and in their order.

        A rollup counts where its start lies in the window. Cost: the time that the windows' own
        rollups take, however many others there are; a round trip for every 100 windows at most.
        """
        ...

    def series(self, window: Window, *, step_s: float) -> Sequence[tuple[datetime, str, Traffic]]:
        """Return (start of step, route, traffic), oldest first, for charts. Empty steps are left out."""
        ...

    def tallies(self, *, step_s: float) -> Mapping[datetime, Tally]:
        """Return start of step (whole steps since 1970) → what begins in it; none where nothing does."""
        ...

    def rollups(self, start: datetime, end: datetime) -> Iterator[Rollup]:
        """Yield the rollups that begin in ``start <= t < end``, to be written to another store.

        Their ids are not those that they were written with, but stand for the same `rollup_key`.
        """
        ...

    def places(self) -> Sequence[str]:
        """Return the names of what is the environment's alone and goes with it: its indices.

        Empty where rollups are rows.
        """
        ...

    def prune(self, *, before: datetime) -> int:
        """Forget rollups that started before `before`; return how many."""
        ...

    def check(self) -> Checked:
        """Look whether the store does its work. Never raises, changes nothing."""
        ...

    def prepare(self) -> None:
        """Make what the store needs before its first use, such as templates. Safe to repeat."""
        ...
