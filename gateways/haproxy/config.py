"""What the renderer is given: one gateway, in types that cannot hold an unsafe value.

Names, hosts and addresses are checked against lists of allowed ASCII characters when they are
built, so that nothing which reaches a configuration can break out of its place. Conditions are
checked by `gateways.domain.condition` in the same way.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from gateways.domain.condition.ast import Condition
from gateways.domain.layout import Layout
from gateways.domain.weights import WHOLE

MOST_NESTED: Final = 4
"""Gateways that a request passes at most, the first included; beyond it gets the 503 page."""

COHORT_COOKIE: Final = "vamp-cohort"
"""The one cookie that holds a caller's cohort, for all gateways."""

COHORT_COOKIE_MAX_AGE_S: Final = 365 * 86_400

PROBE_HEADER: Final = "X-Vamp-Probe"
"""Header with the agent's secret. Every header beginning ``X-Vamp-`` is taken off requests."""

_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
_SERVER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_DNS: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*", re.ASCII)
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~!&*+=:@%-]+)+", re.ASCII)
_HEADER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,126}", re.ASCII)


class Unsafe(ValueError):
    """A value that has no place in a configuration. Documents are checked before; this is a bug."""


class Protocol(StrEnum):
    """What a gateway speaks."""

    HTTP = "http"
    TCP = "tcp"


class Balance(StrEnum):
    """How a route's requests are spread over its endpoints. All allow servers added at run time."""

    ROUNDROBIN = "roundrobin"
    LEASTCONN = "leastconn"
    RANDOM = "random"


class Sticky(StrEnum):
    """What a caller's cohort is made of; without any, each request draws anew."""

    NONE = "none"
    COOKIE = "cookie"
    SOURCE = "source"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Host:
    """A host, perhaps with a path, that a gateway serves on the shared port.

    Attributes:
        host: lower case, without port; for a wildcard what follows ``*.``.
        path: prefix such as ``/v1``, without a slash at its end, whole segments; or empty.
        is_wildcard: any one or more labels (at most four) stand before `host`.
    """

    host: str
    path: str = ""
    is_wildcard: bool = False

    def __post_init__(self) -> None:
        _check(_DNS, "host", self.host)
        if len(self.host) > 253:
            raise Unsafe(f"a host of {len(self.host)} characters")
        if self.path:
            _check(_PATH, "path", self.path)

    @classmethod
    def parse(cls, text: str) -> Host:
        """Read ``shop.acme.test``, ``*.acme.test`` or ``api.acme.test/v1``."""
        host, slash, path = text.partition("/")
        wildcard = host.startswith("*.")
        return cls(host[2:] if wildcard else host, (slash + path).rstrip("/"), wildcard)

    def __str__(self) -> str:
        """Return what `parse` reads."""
        return f"{'*.' if self.is_wildcard else ''}{self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place that answers.

    Attributes:
        name: of the ``server``, unique in its route and stable for the endpoint's life.
        host: IPv4 or IPv6 address (without brackets), or a DNS name in lower case.
        port: 1–65535.
        weight: HAProxy's own scale, 0–256; 0 drains.
    """

    name: str
    host: str
    port: int
    weight: int = 100

    def __post_init__(self) -> None:
        _check(_SERVER, "server", self.name)
        if not is_address(self.host):
            _check(_DNS, "address", self.host)
        _check_range("port", self.port, 1, 65_535)
        _check_range("weight of a server", self.weight, 0, 256)


@dataclass(frozen=True, slots=True)
class RouteCondition:
    """Requests that are sent to a route whatever its weight.

    Attributes:
        expression: which requests.
        strength: share of them, 0–10000 hundredths of a percent.
        priority: higher is asked first; equals are asked in the order of the routes.
    """

    expression: Condition
    strength: int = WHOLE
    priority: int = 0

    def __post_init__(self) -> None:
        _check_range("strength", self.strength, 0, WHOLE)


@dataclass(frozen=True, slots=True)
class Route:
    """One way that a gateway's requests can go.

    Attributes:
        name: unique in its gateway.
        endpoints: what answers; empty where nothing runs, or where `gateway` is given.
        gateway: name of another gateway that takes over; empty otherwise.
        service: label for telemetry; version: likewise.
        condition: requests that are its own.
    """

    name: str
    endpoints: tuple[Endpoint, ...] = ()
    gateway: str = ""
    service: str = ""
    version: str = ""
    condition: RouteCondition | None = None

    def __post_init__(self) -> None:
        _check(_NAME, "route", self.name)
        for label in (self.service, self.version):
            if label:
                _check(_NAME, "label", label)
        if self.gateway:
            _check(_LABEL, "gateway", self.gateway)
            if self.endpoints:
                raise Unsafe(f"route {self.name} has endpoints and another gateway")
        if len({endpoint.name for endpoint in self.endpoints}) < len(self.endpoints):
            raise Unsafe(f"route {self.name} has two endpoints of one name")


@dataclass(frozen=True, slots=True)
class Stickiness:
    """How a gateway tells callers apart; `header` is the header's name for `Sticky.HEADER`."""

    kind: Sticky = Sticky.NONE
    header: str = ""

    def __post_init__(self) -> None:
        if (self.kind is Sticky.HEADER) != bool(self.header):
            raise Unsafe(f"stickiness {self.kind} with the header {self.header!r}")
        if self.header:
            _check(_HEADER, "header", self.header)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In milliseconds, each from 1 to a day: to connect, to be answered, to wait for a server."""

    connect_ms: int = 5_000
    server_ms: int = 30_000
    queue_ms: int = 5_000

    def __post_init__(self) -> None:
        for timeout_ms in (self.connect_ms, self.server_ms, self.queue_ms):
            _check_range("time-out in milliseconds", timeout_ms, 1, 86_400_000)


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """One gateway as the renderer sees it.

    Attributes:
        name: DNS label.
        generation: of the definition that this is.
        routes: in the order of the definition.
        layout: its buckets; every route in it is one of `routes`.
        hosts: on the shared port; empty exactly where `port` is given.
        port: of its own, 1–65535; 0 where it has `hosts`.
        protocol: tcp needs a port of its own, knows no conditions, and no cookies or headers.
        sticky: how callers are told apart.
        balance: over a route's endpoints.
        timeouts: towards the endpoints.
        retries: connections tried again before an error is answered, 0–100.

    Raises:
        Unsafe: the above does not hold.
    """

    name: str
    generation: int
    routes: tuple[Route, ...]
    layout: Layout
    hosts: tuple[Host, ...] = ()
    port: int = 0
    protocol: Protocol = Protocol.HTTP
    sticky: Stickiness = field(default_factory=Stickiness)
    balance: Balance = Balance.ROUNDROBIN
    timeouts: Timeouts = field(default_factory=Timeouts)
    retries: int = 3

    def __post_init__(self) -> None:
        _check(_LABEL, "gateway", self.name)
        _check_range("generation", self.generation, 0, 2**53)
        _check_range("port", self.port, 0, 65_535)
        _check_range("retries", self.retries, 0, 100)
        if bool(self.hosts) == bool(self.port):
            raise Unsafe(f"gateway {self.name} needs hosts or a port, and not both")
        names = {route.name for route in self.routes}
        if len(names) < len(self.routes):
            raise Unsafe(f"gateway {self.name} has two routes of one name")
        if strangers := self.layout.weights.keys() - names:
            raise Unsafe(f"the layout of gateway {self.name} names {sorted(strangers)}")
        if self.protocol is Protocol.TCP:
            self._check_tcp()

    def _check_tcp(self) -> None:
        conditions = any(route.condition for route in self.routes)
        if self.hosts or conditions or self.sticky.kind in (Sticky.COOKIE, Sticky.HEADER):
            raise Unsafe(
                f"tcp gateway {self.name} has hosts, conditions, or a sticky cookie or header"
            )

    @property
    def conditional_routes(self) -> tuple[Route, ...]:
        """Routes with a condition, in the order in which they are asked."""
        found = [route for route in self.routes if route.condition is not None]
        return tuple(sorted(found, key=lambda r: -r.condition.priority if r.condition else 0))

    @property
    def has_own_frontend(self) -> bool:
        """Whether look-ups on the shared port do not suffice for it."""
        return bool(self.port) or self.is_handed_over

    @property
    def is_handed_over(self) -> bool:
        """Whether other frontends pass requests on to its own, instead of looking its routes up."""
        if self.protocol is Protocol.TCP:
            return False
        conditions = any(route.condition is not None for route in self.routes)
        return self.sticky.kind is Sticky.HEADER or conditions


def is_address(host: str) -> bool:
    """Return whether `host` is an IPv4 or IPv6 address (without a zone), not a DNS name."""
    try:
        return "%" not in host and bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _check(pattern: re.Pattern[str], what: str, value: str) -> None:
    if not pattern.fullmatch(value):
        raise Unsafe(f"not safe as a {what}: {value!r}")


def _check_range(what: str, value: int, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise Unsafe(f"{what} {value!r} is outside {least} to {most}")
