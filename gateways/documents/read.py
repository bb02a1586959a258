"""Reading gateway documents: one from a request, or a file of gateways and services.

This is the door: what comes out of it keeps every rule, and has every default filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from gateways.documents.between import GatewayFacts, faults_between
from gateways.documents.findings import Finding, finding
from gateways.documents.gateway import GatewayDocument
from gateways.documents.gateway_rules import gateway_findings, route_names
from gateways.documents.route import RouteDocument
from gateways.documents.route_rules import address_findings
from gateways.documents.service import ServiceDocument
from vamp.documents.known_keys import nearest
from vamp.documents.salvage import salvaged
from vamp.documents.source import Source
from vamp.documents.units import WHOLE_HUNDREDTHS
from vamp.documents.yaml import examined, read_documents
from vamp.errors import Fault, Invalid

M = TypeVar("M", bound=BaseModel)
KINDS: Final = ("Gateway", "Service")
_STAND_INS: Final[Mapping[str, Any]] = {"/name": "unnamed"}


@dataclass(frozen=True, slots=True)
class GatewayFile:
    """What a file of documents holds, each kind in the order of the file."""

    gateways: tuple[GatewayDocument, ...]
    services: tuple[ServiceDocument, ...]


def read_gateway(source: Source) -> GatewayDocument:
    """Return the gateway that `source` is, complete.

    What concerns other gateways is not looked at here; see `faults_between`.

    Raises:
        Invalid: with every fault.
    """
    found, faults = _examined_gateway(source)
    if found is None or faults:
        raise Invalid(faults=in_order(faults))
    return completed(found)


def parse_gateways(text: str) -> GatewayFile:
    """Return the gateways and services of a file of YAML documents.

    Raises:
        Invalid: with every fault of every document, and between them, in the order of the text.
    """
    return gateways_of(read_documents(text))


def gateways_of(sources: Sequence[Source]) -> GatewayFile:
    """Return the gateways and services that `sources` are.

    Raises:
        Invalid: with every fault of every document, and between them.
    """
    faults: list[Fault] = []
    gateways: list[tuple[Source, GatewayDocument]] = []
    services: list[tuple[Source, ServiceDocument]] = []
    for source in sources:
        kind = source.value.get("kind")
        if kind == "Gateway":
            gateway, found = _examined_gateway(source)
            gateways += [(source, gateway)] if gateway is not None else []
        elif kind == "Service":
            service, found = _examined(ServiceDocument, source, _service_findings)
            services += [(source, service)] if service is not None else []
        else:
            found = [_kind_fault(source, kind)]
        faults += found
    faults += _between(gateways, _half_read(sources, gateways))
    faults += _services_twice(services)
    if faults:
        raise Invalid(faults=in_order(dict.fromkeys(faults)))
    return GatewayFile(
        tuple(completed(document) for _, document in gateways),
        tuple(document for _, document in services),
    )


def completed(document: GatewayDocument) -> GatewayDocument:
    """Return the gateway with names, weights and strengths of its routes filled in.

    A lone route without a weight gets all traffic; a condition without a strength has all of it.
    """
    lone = len(document.routes) == 1
    routes = tuple(
        _completed_route(route, name, is_alone=lone)
        for route, name in zip(document.routes, route_names(document), strict=True)
    )
    return document.model_copy(update={"routes": routes})


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults in the order of the text; those without a place come first."""
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0))


def _completed_route(route: RouteDocument, name: str, *, is_alone: bool) -> RouteDocument:
    update: dict[str, Any] = {"name": name}
    if is_alone and "weight" not in route.model_fields_set:
        update["weight"] = WHOLE_HUNDREDTHS
    if route.condition and "strength" not in route.model_fields_set:
        update["strength"] = WHOLE_HUNDREDTHS
    return route.model_copy(update=update)


def _examined_gateway(source: Source) -> tuple[GatewayDocument | None, list[Fault]]:
    return _examined(GatewayDocument, source, gateway_findings)


def _examined(
    model: type[M], source: Source, rules: Callable[[M], Iterator[Finding]]
) -> tuple[M | None, list[Fault]]:
    """Return the document, or what of it is sound, and all its faults."""
    document, found = examined(model, source)
    faults = list(found)
    if document is None:
        document = salvaged(model, source, found, _STAND_INS)
    if document is None:
        return None, faults
    doubtful = tuple(_meant(fault) for fault in found)
    sound = (broken for broken in rules(document) if not broken.rests_on(doubtful))
    return document, faults + [broken.placed(source) for broken in sound]


def _meant(fault: Fault) -> str:
    # What is in doubt after an unknown key is the key that it was probably meant to be.
    if fault.code != "unknown-key":
        return fault.pointer
    above, _, key = fault.pointer.rpartition("/")
    found = re.fullmatch(r"did you mean `(.+)`\?", fault.hint)
    return f"{above}/{found[1] if found else key}"


def _service_findings(document: ServiceDocument) -> Iterator[Finding]:
    versions = [version.version for version in document.versions]
    for index, version in enumerate(document.versions):
        yield from address_findings(f"/versions/{index}/instances", version.instances)
        if versions.index(version.version) < index:
            message = f"the version {version.version} is given twice"
            pointer = f"/versions/{index}/version"
            yield finding(pointer, "duplicate-version", message, "leave one of them out")


def _kind_fault(source: Source, kind: Any) -> Fault:
    allowed = " or ".join(KINDS)
    if kind is None:
        return source.located(
            Fault("/kind", "`kind` is missing", f"it is {allowed}", code="missing")
        )
    close = nearest(kind, KINDS) if isinstance(kind, str) else ""
    hint = f"did you mean {close}?" if close else ""
    fault = Fault("/kind", f"the kind is {allowed}, not {str(kind)[:40]}", hint, code="kind")
    return source.located(fault)


def _half_read(
    sources: Sequence[Source], gateways: Sequence[tuple[Source, GatewayDocument]]
) -> list[GatewayFacts]:
    # A gateway of which nothing could be saved is still there for those that lead to it.
    read = {id(source) for source, _ in gateways}
    names = (source.value.get("name") for source in sources if id(source) not in read)
    return [GatewayFacts(name) for name in names if isinstance(name, str)]


def _between(
    gateways: Sequence[tuple[Source, GatewayDocument]], others: Iterable[GatewayFacts]
) -> Iterator[Fault]:
    named = [pair for pair in gateways if pair[0].value.get("name") == pair[1].name]
    for clash in faults_between([document for _, document in named], others):
        yield named[clash.document][0].located(clash.fault)


def _services_twice(services: Sequence[tuple[Source, ServiceDocument]]) -> Iterator[Fault]:
    names = [document.name for _, document in services]
    for index, (source, document) in enumerate(services):
        if names.index(document.name) < index:
            message = f"there is another service named {document.name}"
            fault = Fault("/name", message, "put its versions together", code="name-taken")
            yield source.located(fault)
