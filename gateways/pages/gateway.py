"""What the page of one gateway shows: who gets what, and is it live?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateways.models import Gateway, Route
from gateways.models.route import TargetKind
from gateways.pages import split
from gateways.pages.document import written
from gateways.pages.freshness import freshness
from gateways.pages.records import recent_audit, recent_events
from gateways.pages.traffic import SPANS, Figures, recent_traffic, traffic_chart
from gateways.selectors import agents_in, liveness_of, ready_instances
from tenants.models import Environment
from tenants.pages.page import address, api_address


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One route as the page shows it.

    Attributes:
        route: the row; version: what its colour is derived from.
        target: where it leads, in words; condition: which requests it takes beside its weight.
        figures: its last minute, None where that is not known.
        ready: instances ready; None where the target is no service.
        percent: weight for the form's field.
    """

    route: Route
    version: str
    target: str
    condition: str
    figures: Figures | None
    ready: int | None
    percent: str


def gateway_context(
    environment: Environment, gateway: Gateway, span: str, now: datetime
) -> Mapping[str, Any]:
    """Return what the gateway's page shows of the gateway itself."""
    routes = list(gateway.routes.all())
    chosen = span if span in SPANS else next(iter(SPANS))
    recent = recent_traffic(environment, [gateway], now, by_route=True)
    return {
        "here": environment,
        "gateway": gateway,
        "now": now,
        "lines": _lines(environment, gateway, routes, recent.routes),
        "segments": split.segments(routes),
        "liveness": liveness_of(environment, [gateway], now)[gateway.name],
        "recent": recent,
        "chart": traffic_chart(environment, gateway, SPANS[chosen], now),
        "span": chosen,
        "spans": list(SPANS),
        "fresh": freshness(agents_in(environment), now),
        "hosts": [host.host for host in gateway.hosts.all()],
        "document": written(gateway),
        "api": api_address(environment, "gateways", gateway.name),
        "events": recent_events(environment, gateway=gateway.name),
        "audit": recent_audit(environment, gateway.name),
        **_addresses(environment, gateway),
    }


def _addresses(environment: Environment, gateway: Gateway) -> dict[str, str]:
    return {
        f"{name}_address": address(f"gateway-{name}", environment, gateway.name)
        for name in ("weights", "document", "remove", "release")
    }


def _lines(
    environment: Environment,
    gateway: Gateway,
    routes: Sequence[Route],
    figures: Mapping[tuple[str, str], Figures],
) -> Sequence[RouteLine]:
    services = {route.service for route in routes if route.kind == TargetKind.SERVICE}
    ready = ready_instances(environment, services) if services else {}
    return [
        RouteLine(
            route=route,
            version=split.colour_key(route),
            target=split.target_words(route),
            condition=split.condition_words(route),
            figures=figures.get((gateway.name, route.name)),
            ready=(
                len(ready.get((route.service, route.version), ()))
                if route.kind == TargetKind.SERVICE
                else None
            ),
            percent=f"{route.weight / 100:g}",
        )
        for route in routes
    ]
