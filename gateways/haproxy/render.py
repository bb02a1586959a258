"""One gateway's configuration as HAProxy text, maps, layouts and servers. Pure.

What a change needs is decided here by where it is written: weights, strengths, servers, hosts and
the generation stand beside `Part.sections`, so they change at run time; conditions, routes, ports,
balance and time-outs stand in it, so they need a reload.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from gateways.domain.weights import WHOLE
from gateways.haproxy.config import Endpoint, GatewayConfig, Host, Protocol, Sticky
from gateways.haproxy.frontend import frontend
from gateways.haproxy.part import BucketRange, Part, Probe, RouteLabel, ServerLine
from vamp import collector

NO_ROUTE: Final = ""
"""`BucketRange.backend` of buckets that no route has: a condition's request is then split by weight,
and a split by weight gives the 503 page."""

_LAST: Final = WHOLE - 1
NOBODY: Final = (BucketRange(0, _LAST, NO_ROUTE),)
"""A layout that sends nobody anywhere."""

HOP: Final = "hop"
"""Kind, in ``kinds.map``, of a gateway whose requests are handed over to its own frontend."""

_TCP_KINDS: Final = {Sticky.NONE: "tcp", Sticky.SOURCE: "tcp-source"}


def render_part(config: GatewayConfig) -> Part:
    """Return the part of one gateway; it depends on nothing else. The same input, the same bytes.

    Cost: some tens of microseconds.
    """
    name, layouts = config.name, _layouts(config)
    options = _options(config)
    targets = [(f"{name}:{route.name}", route) for route in config.routes if not route.gateway]
    blocks = [f"backend {backend}{options}" for backend, _ in targets]
    if config.has_own_frontend:
        blocks.insert(0, frontend(config, tuple(sorted(layouts))))
    return Part(
        gateway=name,
        generation=config.generation,
        sections="\n".join(blocks),
        maps=_maps(config),
        layouts=layouts,
        servers={backend: _servers(route.endpoints) for backend, route in targets},
        labels={
            f"{name}:{route.name}": RouteLabel(route.name, route.service, route.version)
            for route in config.routes
        },
        ports=(config.port,) if config.port else (),
        probes=tuple(_probes(config)),
    )


def render_parts(configs: Iterable[GatewayConfig]) -> list[Part]:
    """Return the parts of many gateways, each as `render_part` gives it.

    An iterator of configurations is run here too, with the garbage collector paused.
    """
    with collector.paused():
        return [render_part(config) for config in configs]


def host_key(host: Host) -> str:
    """Return the key of a host in ``hosts.map`` or ``wildcards.map``: it ends with a slash."""
    return f"{host.host}{host.path}/"


def _options(config: GatewayConfig) -> str:
    """Return what stands after the name in each of the gateway's backends."""
    timeouts = config.timeouts
    return (
        f" from _{config.protocol.value}\n"
        f"    balance {config.balance.value}\n"
        f"    timeout connect {timeouts.connect_ms}ms\n"
        f"    timeout server {timeouts.server_ms}ms\n"
        f"    timeout queue {timeouts.queue_ms}ms\n"
        f"    retries {config.retries}\n"
    )


def _servers(endpoints: tuple[Endpoint, ...]) -> tuple[ServerLine, ...]:
    return tuple([ServerLine(one.name, one.host, one.port, one.weight) for one in endpoints])


def _layouts(config: GatewayConfig) -> dict[str, tuple[BucketRange, ...]]:
    name = config.name
    weights = tuple(
        [
            BucketRange(item.first, item.last, f"{name}:{item.route}")
            for item in config.layout.ranges
        ]
    )
    layouts = {name: weights or NOBODY}
    for route in config.routes:
        if route.condition is not None:
            layouts[f"{name}/{route.name}"] = _strength(
                f"{name}:{route.name}", route.condition.strength
            )
    return layouts


def _strength(backend: str, strength: int) -> tuple[BucketRange, ...]:
    """Return the draw of a condition: the first buckets, so that raising it only adds."""
    if strength in (0, WHOLE):
        return (BucketRange(0, _LAST, backend if strength else NO_ROUTE),)
    return (BucketRange(0, strength - 1, backend), BucketRange(strength, _LAST, NO_ROUTE))


def _maps(config: GatewayConfig) -> dict[str, dict[str, str]]:
    name = config.name
    maps: dict[str, dict[str, str]] = {
        "kinds.map": {name: _kind(config)},
        "generations.map": {name: str(config.generation)},
    }
    for host in config.hosts:
        maps.setdefault("wildcards.map" if host.is_wildcard else "hosts.map", {})[
            host_key(host)
        ] = name
    nested = {f"{name}:{route.name}": route.gateway for route in config.routes if route.gateway}
    if nested:
        maps["nested.map"] = nested
    return maps


def _kind(config: GatewayConfig) -> str:
    if config.protocol is Protocol.TCP:
        return _TCP_KINDS[config.sticky.kind]
    return HOP if config.is_handed_over else config.sticky.kind.value


def _probes(config: GatewayConfig) -> Iterator[Probe]:
    if config.port:
        yield Probe(config.protocol.value, config.port, host=config.name)
    for host in config.hosts:
        prefix = "vamp-probe." if host.is_wildcard else ""
        yield Probe("http", 0, host=prefix + host.host, path=host.path or "/")
