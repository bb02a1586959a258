"""Short ways to write gateways in tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateways.domain.condition import parse_condition
from gateways.domain.layout import Layout, rebalance
from gateways.haproxy.config import (
    Endpoint,
    GatewayConfig,
    Host,
    Route,
    RouteCondition,
    Stickiness,
    Sticky,
)

COOKIE = Stickiness(Sticky.COOKIE)
SOURCE = Stickiness(Sticky.SOURCE)


def by_header(name: str) -> Stickiness:
    return Stickiness(Sticky.HEADER, name)


def when(text: str, strength: int = 10_000, priority: int = 0) -> RouteCondition:
    return RouteCondition(parse_condition(text), strength, priority)


def gateway(
    name: str,
    routes: Mapping[str, Endpoint | str],
    weights: Mapping[str, int] | None = None,
    *,
    conditions: Mapping[str, RouteCondition] | None = None,
    layout: Layout | None = None,
    **more: Any,
) -> GatewayConfig:
    """Return a gateway; a route's target is an endpoint, or the name of another gateway.

    Without `weights` the first route has everything. Without a port it has the host ``NAME.test``.
    """
    if not more.get("port"):
        more.setdefault("hosts", (Host(f"{name}.test"),))
    more["hosts"] = tuple(Host.parse(h) if isinstance(h, str) else h for h in more.get("hosts", ()))
    found = tuple(
        Route(
            route,
            gateway=target if isinstance(target, str) else "",
            endpoints=() if isinstance(target, str) else (target,),
            condition=(conditions or {}).get(route),
        )
        for route, target in routes.items()
    )
    wanted = {next(iter(routes)): 10_000} if weights is None else weights
    return GatewayConfig(
        name,
        more.pop("generation", 1),
        found,
        rebalance(Layout(), wanted) if layout is None else layout,
        **more,
    )
