"""What must hold of a route by itself, beyond its single values."""

from __future__ import annotations

from collections.abc import Iterator

from gateways.documents.findings import Finding, finding
from gateways.documents.places import PlaceInvalid, parse_address
from gateways.documents.route import RouteDocument
from gateways.domain.condition.parse import read_condition


def route_findings(pointer: str, route: RouteDocument) -> Iterator[Finding]:
    """Return every broken rule of the route at `pointer`."""
    yield from _target(pointer, route)
    yield from address_findings(f"{pointer}/addresses", route.addresses)
    if route.condition:
        yield from _condition(f"{pointer}/condition", route.condition)
    elif "strength" in route.model_fields_set:
        message = "a strength says nothing without a condition"
        hint = "add a condition, or use weight"
        yield finding(
            f"{pointer}/strength", "strength", message, hint, depends=(f"{pointer}/condition",)
        )


def address_findings(pointer: str, addresses: tuple[str, ...]) -> Iterator[Finding]:
    """Return what is wrong with a list of ``host:port`` at `pointer`."""
    seen: dict[str, int] = {}
    for index, text in enumerate(addresses):
        place = f"{pointer}/{index}"
        try:
            address = str(parse_address(text))
        except PlaceInvalid as error:
            yield finding(place, "address", str(error), error.hint, offset=error.offset)
            continue
        if address in seen:
            yield finding(place, "duplicate-address", f"{address} is given twice", "leave one out")
        seen[address] = index


def _target(pointer: str, route: RouteDocument) -> Iterator[Finding]:
    given = [key for key in ("service", "gateway", "addresses") if getattr(route, key)]
    hint = "a route has one of `service` with `version`, `gateway`, or `addresses`"
    depends = tuple(f"{pointer}/{key}" for key in ("service", "version", "gateway", "addresses"))
    if len(given) > 1:
        message = f"leads to more than one target: {' and '.join(given)}"
        yield finding(pointer, "targets", message, hint, depends=depends)
    if not given:
        yield finding(pointer, "no-target", "leads nowhere", hint, depends=depends)
    if route.service and not route.version:
        message = "the version of the service is missing"
        yield finding(pointer, "version", message, "add `version`", depends=depends)
    if route.version and not route.service:
        message = "a version without its service"
        yield finding(f"{pointer}/version", "version", message, "add `service`", depends=depends)


def _condition(pointer: str, text: str) -> Iterator[Finding]:
    for refusal in read_condition(text)[1]:
        yield finding(pointer, "condition", refusal.message, refusal.hint, offset=refusal.offset)
