"""From log lines to rollups: counts per gateway, route and version in spans of time. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import zip_longest
from typing import TypeAlias

from gateways.agent.lines import BETWEEN_NAMES, Line
from gateways.haproxy.part import RouteLabel
from vamp.ports.metrics import HISTOGRAM_SIZE, LATENCY_BOUNDS_MS, Rollup

Labels: TypeAlias = Mapping[str, RouteLabel]
"""Backend, ``<gateway>:<route>``, → what it stands for, over all gateways."""

_Passed: TypeAlias = tuple[bytes, bytes]

_SLOWEST_MS = int(LATENCY_BOUNDS_MS[-1])
_BOUND_OF_MS = bytes(bisect_left(LATENCY_BOUNDS_MS, ms) for ms in range(_SLOWEST_MS + 1))
"""Milliseconds → place in the histogram; a table, for a search a line would be the largest cost."""

_BETWEEN = BETWEEN_NAMES.decode()
_NO_ANSWER = 5
_SERVER_ERROR = 5
_SERVER_FAULTS = frozenset((b"S", b"s", b"D", b"R", b"I"))
"""First character of HAProxy's termination state (manual, section 8.5): ended by the server, by
its time-out, by its being found down, by lack of a resource, or by an internal error."""


class _Counts:
    """What one route did in one span."""

    __slots__ = ("bytes_out", "count", "errors", "histogram", "latency_ms", "statuses")

    def __init__(self) -> None:
        self.count = 0
        self.errors = 0
        self.bytes_out = 0
        self.latency_ms = 0
        self.statuses = [0] * (_NO_ANSWER + 1)
        self.histogram = [0] * HISTOGRAM_SIZE

    def add(self, other: _Counts) -> None:
        self.count += other.count
        self.errors += other.errors
        self.bytes_out += other.bytes_out
        self.latency_ms += other.latency_ms
        self.statuses = [a + b for a, b in zip(self.statuses, other.statuses, strict=True)]
        self.histogram = [a + b for a, b in zip(self.histogram, other.histogram, strict=True)]


def _by_route(span: Mapping[_Passed, _Counts]) -> dict[tuple[str, str], _Counts]:
    """Give what was counted to every gateway that was passed, with the route taken there.

    Without a gateway it was our own page: nobody has that host.
    """
    found: dict[tuple[str, str], _Counts] = {}
    for (gateways, routes), counts in span.items():
        names = gateways.decode(errors="replace").split(_BETWEEN)
        taken = routes.decode(errors="replace").split(_BETWEEN)
        for gateway, route in zip_longest(names, taken[: len(names)], fillvalue=""):
            if gateway:
                found.setdefault((gateway, route), _Counts()).add(counts)
    return found


@dataclass(frozen=True, slots=True)
class RollupSource:
    """Whose rollups these are: they are part of every rollup's id.

    Attributes:
        agent: name of the agent.
        boot: differs with every start of it.
        span_ms: length of a span in milliseconds; spans begin at its multiples since 1970.
    """

    agent: str
    boot: str
    span_ms: int


@lru_cache(maxsize=4096)
def _second(text: bytes) -> int:
    """Return ``23/Nov/2026:15:46:18`` as milliseconds since 1970; HAProxy runs with ``TZ=UTC``."""
    moment = datetime.strptime(text.decode(), "%d/%b/%Y:%H:%M:%S").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000


def ended_and_took_ms(line: Line) -> tuple[int, int]:
    """Return when the request of `line` ended, milliseconds since 1970, and how long it took.

    `RollupBook.add` has the same in line, for speed.

    Raises:
        ValueError: it cannot be understood.
    """
    _, _, second, ms, asked, total, _, _, _ = line
    total_ms, asked_ms = int(total), int(asked)
    took_ms = total_ms - asked_ms if asked_ms > 0 else total_ms
    return _second(second) + int(ms) + total_ms, took_ms


class RollupBook:
    """Adds lines up until their span is closed. Used by one thread at a time.

    Lines that come after their span was closed are added up again and make a further rollup with
    an id of its own, so nothing is counted twice and nothing is lost.
    """

    def __init__(self, source: RollupSource, labels: Callable[[], Labels]) -> None:
        """Begin an empty book; `labels` is asked when a span is closed."""
        self._source = source
        self._labels = labels
        self._spans: dict[int, dict[_Passed, _Counts]] = {}
        self._closed_until_ms = 0
        self._further = 0

    def add(self, lines: Iterable[Line]) -> tuple[int, int]:
        """Count `lines`, each for every gateway that it passed; cost: about 1.5 µs each.

        Returns:
            When the last of them ended, in milliseconds since 1970 (0 without lines), and how
            many could not be understood and were left out.
        """
        span_ms, spans = self._source.span_ms, self._spans
        unreadable = ended_ms = last_ms = 0
        for gateways, routes, second, ms, asked, total, status, sent, ending in lines:
            try:
                total_ms, asked_ms = int(total), int(asked)
                ended_ms = _second(second) + int(ms) + total_ms
                answer = int(status) // 100
            except ValueError:
                unreadable += 1
                continue
            last_ms = ended_ms
            # The total holds the idle time before the request, and so does Tq.
            took_ms = total_ms - asked_ms if asked_ms > 0 else total_ms
            start_ms = ended_ms - ended_ms % span_ms
            span = spans.get(start_ms)
            if span is None:
                span = spans[start_ms] = {}
            counts = span.get((gateways, routes))
            if counts is None:
                counts = span[gateways, routes] = _Counts()
            counts.count += 1
            counts.bytes_out += int(sent)
            counts.latency_ms += took_ms
            counts.histogram[_BOUND_OF_MS[took_ms] if 0 <= took_ms <= _SLOWEST_MS else -1] += 1
            counts.statuses[answer - 1 if 1 <= answer < _NO_ANSWER + 1 else _NO_ANSWER] += 1
            if answer >= _SERVER_ERROR or ending in _SERVER_FAULTS:
                counts.errors += 1
        return last_ms, unreadable

    def close(self, until_ms: int) -> list[Rollup]:
        """Return the rollups of all spans that ended by `until_ms`, and of lines late for theirs."""
        due = sorted(s for s in self._spans if s + self._source.span_ms <= until_ms)
        labels = self._labels() if due else {}
        rollups = []
        for start_ms in due:
            part = 0
            if start_ms < self._closed_until_ms:
                self._further += 1
                part = self._further
            for (gateway, route), counts in _by_route(self._spans.pop(start_ms)).items():
                rollups.append(self._rollup(start_ms, gateway, route, counts, labels, part))
        span_ms = self._source.span_ms
        self._closed_until_ms = max(self._closed_until_ms, until_ms - until_ms % span_ms)
        return rollups

    def _rollup(
        self, start_ms: int, gateway: str, route: str, counts: _Counts, labels: Labels, part: int
    ) -> Rollup:
        label = labels.get(f"{gateway}:{route}", RouteLabel(route))
        source = self._source
        return Rollup(
            id=f"{source.agent}/{source.boot}/{start_ms}/{gateway}/{route}/{part}",
            agent=source.agent,
            gateway=gateway,
            route=route,
            service=label.service,
            version=label.version,
            start=datetime.fromtimestamp(start_ms / 1000, UTC),
            seconds=source.span_ms / 1000,
            count=counts.count,
            statuses=tuple(counts.statuses),
            errors=counts.errors,
            bytes_out=counts.bytes_out,
            latency_sum_ms=float(counts.latency_ms),
            latency_histogram=tuple(counts.histogram),
        )
