"""Between documents and rows, without a query of its own: what is prefetched is used."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from gateways.documents.gateway import GatewayDocument, HeaderStickiness, TimeoutsDocument
from gateways.documents.route import RouteDocument
from gateways.domain.shift import Shares
from gateways.models import Gateway, Route
from gateways.models.gateway import Protocol
from gateways.models.route import TargetKind

OPTIONS = ("sticky", "balance", "timeouts", "retries")


def options_of(document: GatewayDocument) -> dict[str, Any]:
    """Return what a gateway's row keeps as `options`: the document's own values."""
    return document.model_dump(mode="json", include=set(OPTIONS))


def document_of(gateway: Gateway) -> GatewayDocument:
    """Return the document that a row is; needs its hosts and routes (queries unless prefetched)."""
    hosts = [row.host for row in gateway.hosts.all()]
    return document_from(gateway, hosts, gateway.routes.all())


def document_from(
    gateway: Gateway, hosts: Iterable[str], routes: Iterable[Route]
) -> GatewayDocument:
    """Return the document that a row is, with what belongs to it, in order.

    The values were checked when they were written, so they are not checked again.
    """
    options = gateway.options
    sticky = options.get("sticky", "none")
    return GatewayDocument.model_construct(
        kind="Gateway",
        name=gateway.name,
        title=gateway.title,
        hosts=tuple(hosts),
        port=gateway.port,
        protocol="tcp" if gateway.protocol == Protocol.TCP else "http",
        sticky=HeaderStickiness(**sticky) if isinstance(sticky, dict) else sticky,
        balance=options.get("balance", "roundrobin"),
        timeouts=_timeouts(json.dumps(options.get("timeouts", {}))),
        retries=options.get("retries", 3),
        selector=gateway.selector,
        policy=gateway.policy,
        metadata=gateway.metadata,
        routes=tuple(_route_document(route) for route in routes),
    )


@lru_cache(maxsize=1024)
def _timeouts(text: str) -> TimeoutsDocument:
    return TimeoutsDocument.model_validate_json(text)


def _route_document(route: Route) -> RouteDocument:
    return RouteDocument.model_construct(
        name=route.name,
        service=route.service,
        version=route.version,
        gateway=route.target_gateway,
        addresses=tuple(route.addresses),
        weight=route.weight,
        condition=route.condition,
        strength=route.strength,
        priority=route.priority,
    )


def shares_of(routes: Iterable[Route]) -> Shares:
    """Return the share of each route."""
    return {route.name: (route.weight, route.strength) for route in routes}


def route_rows(gateway: Gateway, document: GatewayDocument, held: Sequence[Route]) -> list[Route]:
    """Return the routes that the gateway shall have, rows that it has already where they match.

    A route matches by its target or its name, and a renamed one is a new one: two that swap names
    must not meet in a unique index. Routes that the selector made and that the
    document does not mention stay: with their weights where the document gives none at all, else
    with none.
    """
    by_target = {_target(route): route for route in held}
    by_name = {route.name: route for route in held}
    gives_weights = any(route.weight for route in document.routes)
    rows: list[Route] = []
    for position, wanted in enumerate(document.routes):
        row = by_target.get(wanted.target) or by_name.get(wanted.name)
        if row is None or row in rows or row.name != wanted.name:
            row = Route(environment=gateway.environment, gateway=gateway)
        _fill(row, wanted, position)
        row.is_selected = row.is_selected and bool(document.selector)
        rows.append(row)
    names = {row.name for row in rows}
    if document.selector:
        for row in held:
            if row.is_selected and row not in rows and row.name not in names:
                row.position = len(rows)
                row.weight = 0 if gives_weights else row.weight
                rows.append(row)
    return rows


def _fill(row: Route, wanted: RouteDocument, position: int) -> None:
    row.name, row.position = wanted.name, position
    row.kind = _kind(wanted)
    row.service, row.version = wanted.service, wanted.version
    row.target_gateway = wanted.gateway
    row.addresses = list(wanted.addresses)
    row.weight = wanted.weight
    row.condition = wanted.condition
    row.strength = wanted.strength if wanted.condition else 0
    row.priority = wanted.priority


def _kind(wanted: RouteDocument) -> TargetKind:
    if wanted.addresses:
        return TargetKind.ADDRESSES
    return TargetKind.GATEWAY if wanted.gateway else TargetKind.SERVICE


def _target(route: Route) -> tuple[str, ...]:
    if route.kind == TargetKind.ADDRESSES:
        return ("addresses", *sorted(route.addresses))
    if route.kind == TargetKind.GATEWAY:
        return ("gateway", route.target_gateway)
    return ("service", route.service, route.version)
