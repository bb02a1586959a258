"""Figures and charts of traffic, read from the metrics store for the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from gateways.models import Gateway
from gateways.pages.split import colour_key
from tenants.connections import metrics_for
from tenants.models import Environment
from vamp import traffic as arithmetic
from vamp.pages.charts import Stack, stacked
from vamp.ports.errors import PortUnavailable
from vamp.ports.metrics import Traffic, Window

RECENT: Final = timedelta(minutes=1)
"""Figures beside routes are of this long."""

STEPS: Final = 60
"""Points of a chart."""

SPANS: Final[Mapping[str, timedelta]] = {
    "10m": timedelta(minutes=10),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}
SETTLING: Final = timedelta(seconds=2)
"""Agents need about this long to tell what they counted; a chart ends before it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one route, or everything, did in the last minute.

    Attributes:
        rate: requests a second; success: from 0 to 1; p95_ms: milliseconds; None for no request.
        requests: how many.
    """

    rate: float
    requests: int
    success: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a traffic chart with the version that its colour is derived from."""

    label: str
    version: str
    path: str
    latest: float


@dataclass(frozen=True, slots=True)
class TrafficChart:
    """Requests a second by route over time.

    Attributes:
        gateway: whose traffic; layers: from the bottom up; top: requests a second at the edge.
        start, end: of the time shown.
    """

    gateway: str
    layers: tuple[Layer, ...]
    top: float
    start: datetime
    end: datetime

    @property
    def middle(self) -> datetime:
        """Half way between start and end."""
        return self.start + (self.end - self.start) / 2

    @property
    def is_empty(self) -> bool:
        """True where no request came in."""
        return not self.layers


@dataclass(frozen=True, slots=True)
class RecentTraffic:
    """The last minute of several gateways.

    Attributes:
        total: of all of them together.
        gateways: name → figures; routes: (gateway, route) → figures.
        error: why nothing is known; empty where it is.
    """

    total: Figures | None = None
    gateways: Mapping[str, Figures] = field(default_factory=dict)
    routes: Mapping[tuple[str, str], Figures] = field(default_factory=dict)
    error: str = ""


def recent_traffic(
    environment: Environment, gateways: Iterable[Gateway], now: datetime, *, by_route: bool = False
) -> RecentTraffic:
    """Return the last minute's traffic. One round trip to the metrics store."""
    start = now - RECENT
    chosen = list(gateways)
    names = [(gateway.name, "") for gateway in chosen]
    if by_route:
        names += [
            (gateway.name, route.name) for gateway in chosen for route in gateway.routes.all()
        ]
    windows = [Window(gateway, start, now, route=route or None) for gateway, route in names]
    if not windows:
        return RecentTraffic(total=_figures(()))
    try:
        found = metrics_for(environment).traffic(windows)
    except PortUnavailable as error:
        return RecentTraffic(error=str(error))
    answers = dict(zip(names, found, strict=True))
    return RecentTraffic(
        total=_figures([traffic for (_, route), traffic in answers.items() if not route]),
        gateways={name: _figures([t]) for (name, route), t in answers.items() if not route},
        routes={key: _figures([traffic]) for key, traffic in answers.items() if key[1]},
    )


def traffic_chart(
    environment: Environment, gateway: Gateway, span: timedelta, now: datetime
) -> TrafficChart | None:
    """Return the chart of one gateway; None where the metrics store does not answer."""
    step_s = span.total_seconds() / STEPS
    end = _floor(now - SETTLING, step_s)
    start = end - span
    try:
        points = metrics_for(environment).series(Window(gateway.name, start, end), step_s=step_s)
    except PortUnavailable:
        return None
    return _chart(gateway, points, start, end, step_s)


def _chart(
    gateway: Gateway,
    points: Sequence[tuple[datetime, str, Traffic]],
    start: datetime,
    end: datetime,
    step_s: float,
) -> TrafficChart:
    colours = {route.name: colour_key(route) for route in gateway.routes.all()}
    seen = {route for _, route, _ in points}
    order = [name for name in colours if name in seen] + sorted(seen - colours.keys())
    series = {name: [0.0] * STEPS for name in order}
    for at, route, traffic in points:
        index = int((at - start).total_seconds() / step_s)
        if 0 <= index < STEPS:
            series[route][index] += traffic.count / step_s
    stack: Stack = stacked(series)
    layers = tuple(
        Layer(area.label, colours.get(area.label, area.label), area.path, series[area.label][-1])
        for area in stack.areas
    )
    return TrafficChart(gateway.name, layers, stack.top, start, end)


def _floor(moment: datetime, step_s: float) -> datetime:
    return moment - timedelta(seconds=moment.timestamp() % step_s)


def _figures(traffics: Iterable[Traffic]) -> Figures:
    traffic = arithmetic.total(traffics)
    p95 = arithmetic.percentile(traffic, 0.95)
    return Figures(
        rate=traffic.count / RECENT.total_seconds(),
        requests=traffic.count,
        success=arithmetic.success_ratio(traffic),
        p95_ms=p95.value if p95 else None,
    )
