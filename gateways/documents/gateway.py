"""The document of a gateway: an entry point and how it splits its traffic."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from gateways.documents.names import HeaderName, Label, Name, OptionalName, Port, Text, Title
from gateways.documents.route import RouteDocument
from vamp.documents.errors import refusal
from vamp.documents.units import Duration
from vamp.documents.validation import Strict


def _timeout(value: timedelta) -> timedelta:
    if not timedelta(milliseconds=1) <= value <= timedelta(days=1):
        raise refusal("duration", "a time-out is from 1ms to 1d")
    return value


Timeout = Annotated[Duration, AfterValidator(_timeout)]


class TimeoutsDocument(Strict):
    """How long a gateway waits: to connect, for an answer, for a free server."""

    connect: Timeout = timedelta(seconds=5)
    server: Timeout = timedelta(seconds=30)
    queue: Timeout = timedelta(seconds=5)


class HeaderStickiness(Strict):
    """Callers are told apart by a header's value."""

    header: HeaderName


def _sticky_kind(value: Any) -> str:
    return "<header>" if isinstance(value, dict | HeaderStickiness) else "<word>"


Sticky = Annotated[
    Annotated[Literal["none", "cookie", "source"], Tag("<word>")]
    | Annotated[HeaderStickiness, Tag("<header>")],
    Discriminator(_sticky_kind),
]


class GatewayDocument(Strict):
    """A gateway: hosts on the shared port, or a port of its own, and routes that share its traffic.

    Attributes:
        name: DNS label, unique in its environment.
        title: for people.
        hosts: on the environment's shared port: hosts, ``*.`` and a host, either with a path.
        port: of its own, instead of hosts; None with hosts.
        protocol: ``tcp`` needs a port of its own and knows neither conditions nor cookies.
        sticky: how a caller is kept on the same route.
        balance: over the instances of a route.
        timeouts: towards the instances.
        retries: connections tried again before an error is answered.
        selector: makes routes by itself; empty for none.
        policy: name of the release policy for new versions; empty for none.
        metadata: free text by key.
        routes: in the order in which conditions of the same priority are asked.
    """

    kind: Literal["Gateway"] = "Gateway"
    name: Label
    title: Title = ""
    hosts: tuple[str, ...] = ()
    port: Port | None = None
    protocol: Literal["http", "tcp"] = "http"
    sticky: Sticky = "none"
    balance: Literal["roundrobin", "leastconn", "random"] = "roundrobin"
    timeouts: TimeoutsDocument = TimeoutsDocument()
    retries: Annotated[int, Field(ge=0, le=100)] = 3
    selector: str = ""
    policy: OptionalName = ""
    metadata: dict[Name, Text] = Field(default_factory=dict)
    routes: tuple[RouteDocument, ...] = ()

    @property
    def nested(self) -> tuple[str, ...]:
        """Names of the gateways that its routes lead to, in order."""
        return tuple(route.gateway for route in self.routes if route.gateway)
