"""From a gateway's document and what is known around it to the renderer's input."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from gateways.documents.gateway import GatewayDocument, HeaderStickiness, TimeoutsDocument
from gateways.documents.places import Address, parse_address
from gateways.documents.route import RouteDocument
from gateways.domain.layout import Layout
from gateways.haproxy.config import (
    Balance,
    Endpoint,
    GatewayConfig,
    Host,
    Protocol,
    Route,
    RouteCondition,
    Stickiness,
    Sticky,
    Timeouts,
)

Endpoints = Mapping[tuple[str, str], tuple[Endpoint, ...]]
"""Service and version → what answers for it. A pair that is missing has nothing that answers."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9.]+", re.ASCII)


def config_from(
    document: GatewayDocument, *, generation: int, layout: Layout, endpoints: Endpoints
) -> GatewayConfig:
    """Return the renderer's input for one gateway.

    Args:
        document: complete, as `gateways.documents.read` gives it.
        generation: of the definition.
        layout: of the gateway; its weights win over those of the document.
        endpoints: of the services that its routes name; more do no harm.

    Raises:
        Unsafe: a value has no place in a configuration, or the layout names a route that the
            document does not have. Never for a document that was read and a layout made for it.
    """
    return GatewayConfig(
        name=document.name,
        generation=generation,
        routes=tuple(_route(route, endpoints) for route in document.routes),
        layout=layout,
        hosts=tuple(Host.parse(host) for host in document.hosts),
        port=document.port or 0,
        protocol=Protocol(document.protocol),
        sticky=_stickiness(document),
        balance=Balance(document.balance),
        timeouts=_timeouts(document.timeouts),
        retries=document.retries,
    )


def endpoint_at(address: str) -> Endpoint:
    """Return the endpoint for ``host:port``; its name hangs on the address alone.

    Raises:
        ValueError: it is no address.
    """
    place = parse_address(address)
    return Endpoint(_name(place), place.host, place.port)


def _route(route: RouteDocument, endpoints: Endpoints) -> Route:
    found = route.parsed_condition()
    condition = None if found is None else RouteCondition(found, route.strength, route.priority)
    answering = tuple(endpoint_at(address) for address in route.addresses)
    if route.service:
        answering = endpoints.get((route.service, route.version), ())
    return Route(
        name=route.name,
        endpoints=answering,
        gateway=route.gateway,
        service=route.service,
        version=route.version,
        condition=condition,
    )


def _stickiness(document: GatewayDocument) -> Stickiness:
    if isinstance(document.sticky, HeaderStickiness):
        return Stickiness(Sticky.HEADER, document.sticky.header)
    return Stickiness(Sticky(document.sticky))


def _timeouts(timeouts: TimeoutsDocument) -> Timeouts:
    return Timeouts(_ms(timeouts.connect), _ms(timeouts.server), _ms(timeouts.queue))


def _ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


def _name(place: Address) -> str:
    # Readable where the host has only letters, digits and dots; unique in any case.
    if _PLAIN.fullmatch(place.host) and len(place.host) < 80:
        return f"a-{place.host}-{place.port}"
    return f"a-{hashlib.sha256(str(place).encode()).hexdigest()[:16]}"
