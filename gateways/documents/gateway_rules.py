"""What must hold of a gateway by itself, beyond its single values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from gateways.documents.findings import Finding, finding
from gateways.documents.gateway import GatewayDocument, HeaderStickiness
from gateways.documents.places import PlaceInvalid, check_host
from gateways.documents.route_rules import route_findings
from gateways.domain.selector.parse import read_selector
from vamp.documents.units import WHOLE_HUNDREDTHS, format_percent


def gateway_findings(document: GatewayDocument) -> Iterator[Finding]:
    """Return every broken rule of the gateway and its routes."""
    for rule in _RULES:
        yield from rule(document)


def _entrance(document: GatewayDocument) -> Iterator[Finding]:
    if document.hosts and document.port is not None:
        hint = "a gateway has either; leave one of them out"
        yield finding("/port", "hosts-and-port", "both hosts and a port are given", hint)
    elif not document.hosts and document.port is None:
        hint = "give `hosts` for the shared port, or a `port` of its own"
        depends = ("/hosts", "/port")
        yield finding(
            "", "no-entrance", "neither hosts nor a port are given", hint, depends=depends
        )


def _hosts(document: GatewayDocument) -> Iterator[Finding]:
    for index, host in enumerate(document.hosts):
        try:
            check_host(host)
        except PlaceInvalid as error:
            yield finding(f"/hosts/{index}", "host", str(error), error.hint, offset=error.offset)
        if host in document.hosts[:index]:
            hint = "leave one of them out"
            yield finding(f"/hosts/{index}", "duplicate-host", f"{host} is given twice", hint)


def _tcp(document: GatewayDocument) -> Iterator[Finding]:
    if document.protocol != "tcp":
        return
    depends = ("/protocol",)
    if document.hosts:
        hint = "give it a `port` of its own"
        message = "a tcp gateway cannot be told by its host"
        yield finding("/hosts", "tcp", message, hint, depends=depends)
    if document.sticky == "cookie" or isinstance(document.sticky, HeaderStickiness):
        message = "a tcp gateway sees neither cookies nor headers"
        yield finding("/sticky", "tcp", message, "use none or source", depends=depends)
    for index, route in enumerate(document.routes):
        if route.condition:
            message = "a tcp gateway sees nothing that a condition could look at"
            pointer = f"/routes/{index}/condition"
            yield finding(pointer, "tcp", message, "leave it out", depends=depends)


def _selector(document: GatewayDocument) -> Iterator[Finding]:
    if not document.selector:
        return
    for refusal in read_selector(document.selector)[1]:
        yield finding("/selector", "selector", refusal.message, refusal.hint, offset=refusal.offset)


def _weights(document: GatewayDocument) -> Iterator[Finding]:
    total = sum(route.weight for route in document.routes)
    if total not in (0, WHOLE_HUNDREDTHS):
        shares = ", ".join(format_percent(route.weight) for route in document.routes)
        message = f"the weights {shares} total {format_percent(total)}, not 100%"
        hint = "routes without a weight count as 0%"
        depends = tuple(f"/routes/{index}/weight" for index in range(len(document.routes)))
        yield finding("/routes", "weights", message, hint, depends=depends)


def _routes(document: GatewayDocument) -> Iterator[Finding]:
    for index, route in enumerate(document.routes):
        yield from route_findings(f"/routes/{index}", route)


def _route_names(document: GatewayDocument) -> Iterator[Finding]:
    names = route_names(document)
    for index, name in enumerate(names):
        first = names.index(name)
        if name and first < index:
            given = document.routes[index].name
            pointer = f"/routes/{index}/name" if given else f"/routes/{index}"
            message = f"the route name {name} is taken by route {first + 1}"
            depends = (*_naming(first), *_naming(index))
            yield finding(
                pointer, "duplicate-route", message, "give it another name", depends=depends
            )


def _route_targets(document: GatewayDocument) -> Iterator[Finding]:
    targets = [route.target for route in document.routes]
    for index, target in enumerate(targets):
        first = targets.index(target)
        if first < index and any(target[1:]):
            message = f"leads to the same as route {first + 1}"
            depends = (*_naming(first), *_naming(index))
            pointer, hint = f"/routes/{index}", "make one of the two"
            yield finding(pointer, "duplicate-target", message, hint, depends=depends)


def _naming(index: int) -> tuple[str, ...]:
    keys = ("name", "service", "version", "gateway", "addresses")
    return tuple(f"/routes/{index}/{key}" for key in keys)


_RULES: Final[tuple[Callable[[GatewayDocument], Iterator[Finding]], ...]] = (
    _entrance,
    _hosts,
    _tcp,
    _selector,
    _weights,
    _routes,
    _route_names,
    _route_targets,
)


def route_names(document: GatewayDocument) -> list[str]:
    """Return the name of each route, the given or the default one.

    An empty text stands for a route that has neither a name nor a target.
    """
    names = []
    addresses = 0
    for route in document.routes:
        default = route.gateway
        if route.addresses:
            addresses += 1
            default = f"address-{addresses}"
        elif route.service:
            default = f"{route.service}-{route.version}"[:63]
        names.append(route.name or default)
    return names
