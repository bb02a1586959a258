"""An environment of any size, for the benches that render and serve it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateways.documents.gateway import GatewayDocument
from gateways.documents.read import read_gateway
from gateways.domain.layout import Layout, rebalance
from gateways.haproxy.build import Endpoints, config_from
from gateways.haproxy.config import Endpoint, GatewayConfig
from gateways.haproxy.part import Part
from gateways.haproxy.render import render_part, render_parts
from vamp.documents.source import Source

ROUTES: Final = 2
"""Of each gateway: two versions of a service of its own, with one instance each."""

CONDITION_EVERY: Final = 10
"""One gateway in so many has a condition, and so a frontend of its own behind the shared port."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What a control plane knows before it renders.

    Attributes:
        documents: read and complete.
        layouts: gateway → its layout.
        endpoints: what answers for each version.
    """

    documents: tuple[GatewayDocument, ...]
    layouts: Mapping[str, Layout]
    endpoints: Endpoints

    def part(self, document: GatewayDocument, generation: int = 1) -> Part:
        """Render one gateway: document → config → part."""
        return render_part(self._config(document, generation))

    def parts(self) -> list[Part]:
        """Render all gateways."""
        return render_parts(self._config(document, 1) for document in self.documents)

    def _config(self, document: GatewayDocument, generation: int) -> GatewayConfig:
        return config_from(
            document,
            generation=generation,
            layout=self.layouts[document.name],
            endpoints=self.endpoints,
        )


def environment_of(count: int, *, answering: tuple[str, int] | None = None) -> Environment:
    """Return an environment with `count` gateways on the shared port.

    Args:
        count: of gateways.
        answering: host and port that answer for every version; addresses of 10.0.0.0/8 without.
    """
    documents = tuple(_document(number) for number in range(count))
    layouts = {
        document.name: rebalance(Layout(), {route.name: route.weight for route in document.routes})
        for document in documents
    }
    endpoints = {
        (route.service, route.version): (_endpoint(ROUTES * number + place, answering),)
        for number, document in enumerate(documents)
        for place, route in enumerate(document.routes)
    }
    return Environment(documents, layouts, endpoints)


def host_of(number: int) -> str:
    """Return the host of gateway `number`, counted from 0."""
    return f"shop-{number}.acme.test"


def _document(number: int) -> GatewayDocument:
    service = f"shop-{number}"
    canary = {"service": service, "version": "1.1.0", "weight": "10%"}
    if number % CONDITION_EVERY == CONDITION_EVERY - 1:
        canary |= {"condition": "user-agent is Firefox and path starts /beta", "strength": "50%"}
    return read_gateway(
        Source.of(
            {
                "kind": "Gateway",
                "name": service,
                "hosts": [host_of(number)],
                "sticky": ("none", "cookie", "source")[number % 3],
                "routes": [{"service": service, "version": "1.0.0", "weight": "90%"}, canary],
            }
        )
    )


def _endpoint(number: int, answering: tuple[str, int] | None) -> Endpoint:
    host = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return Endpoint(f"i{number}", *(answering or (host, 8080)))
