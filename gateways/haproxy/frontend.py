"""The frontend of a gateway that has one of its own, on its port or behind the shared one."""

from __future__ import annotations

import hashlib
from typing import Final

from gateways.haproxy.acl import AclWriter
from gateways.haproxy.config import GatewayConfig, Protocol, Sticky
from gateways.haproxy.rules import (
    BIND_VARIABLE,
    ENTRY_FROM_BOTH,
    ENTRY_FROM_OUTSIDE,
    EXIT,
    HOP_BIND,
    SOCKETS_VARIABLE,
    USE_ROUTE,
    bucket_of,
    deeper_levels,
    route_of,
    rule_word,
)

_WHO: Final = {
    Sticky.NONE: "",
    Sticky.COOKIE: "cohort",
    Sticky.SOURCE: "src",
    Sticky.HEADER: "who",
}

_DEEPER_HTTP: Final = deeper_levels()
_DEEPER_HTTP_BOTH: Final = deeper_levels(from_both=True)
_DEEPER_TCP: Final = deeper_levels(Protocol.TCP)

_APPEND: Final = """\
    http-request set-var-fmt(txn.gws) '%[var(txn.gws)]","{name}' if {{ var(txn.gws) -m found }}
    http-request set-var(txn.gws) str({name}) if !{{ var(txn.gws) -m found }}
    http-request set-var-fmt(txn.rts) '%[var(txn.rts)]","%[var(txn.t1),field(2,:)]' \
if {{ var(txn.rts) -m found }} {{ var(txn.t1) -m found }}
    http-request set-var(txn.rts) var(txn.t1),field(2,:) if !{{ var(txn.rts) -m found }}
"""

_PASSED: Final = """\
    {do} set-var(txn.gws) var(txn.g1)
    {do} set-var(txn.rts) var(txn.t1),field(2,:)
"""


def frontend(config: GatewayConfig, draws: tuple[str, ...]) -> str:
    """Return the frontend's text, and for one that is handed requests the backend that does so.

    Args:
        config: a gateway with `has_own_frontend`.
        draws: its draws in the order of their numbers (`gateways.haproxy.numbers`).
    """
    return _tcp(config) if config.protocol is Protocol.TCP else _http(config, draws)


def socket_name(gateway: str) -> str:
    """Return the file name of the gateway's internal socket.

    A hash, because addresses of UNIX sockets have room for 107 bytes with their whole path.
    """
    return f"{hashlib.sha256(gateway.encode()).hexdigest()[:16]}.sock"


def _http(config: GatewayConfig, draws: tuple[str, ...]) -> str:
    name, both = config.name, config.is_handed_over
    address = f'"${{{SOCKETS_VARIABLE}}}{socket_name(name)}"'
    nested = any(route.gateway for route in config.routes)
    deeper = _DEEPER_HTTP_BOTH if both else _DEEPER_HTTP
    return "".join(
        (
            f"frontend {name} from _http\n",
            _bind(config),
            f"    bind {address} mode 600 accept-proxy name {HOP_BIND}\n" if both else "",
            ENTRY_FROM_BOTH if both else ENTRY_FROM_OUTSIDE,
            f"    http-request set-var(txn.g1) str({name})\n",
            _draw(config),
            _conditions(config, draws),
            _by_weight(config),
            _APPEND.format(name=name) if both else _PASSED.format(do="http-request"),
            deeper if nested else "",
            EXIT,
            USE_ROUTE,
            f"\nbackend _hop:{name} from _http\n    timeout server 24h\n" if both else "",
            f"    server hop {address} send-proxy-v2\n" if both else "",
        )
    )


def _tcp(config: GatewayConfig) -> str:
    nested = any(route.gateway for route in config.routes)
    return "".join(
        (
            f"frontend {config.name} from _tcp\n",
            _bind(config),
            "    tcp-request content set-var(txn.src) src\n",
            f"    tcp-request content set-var(txn.g1) str({config.name})\n",
            _draw(config),
            _by_weight(config),
            _PASSED.format(do="tcp-request content"),
            _DEEPER_TCP if nested else "",
            "    tcp-request content set-var(txn.gn) var(txn.g1),map_str_int(maps/generations.map)\n",
            USE_ROUTE.replace("_unavailable", "_refused"),
        )
    )


def _bind(config: GatewayConfig) -> str:
    return f'    bind "${{{BIND_VARIABLE}}}:{config.port}"\n' if config.port else ""


def _draw(config: GatewayConfig) -> str:
    """Return the rules that find who asks, and their bucket in the split by weight."""
    do, kind = rule_word(config.protocol), config.sticky.kind
    lines = []
    if kind is Sticky.COOKIE:
        lines.append("set-var(txn.fresh) bool(true) if !{ var(txn.cohort) -m found }")
        lines.append("set-var(txn.cohort) uuid() if !{ var(txn.cohort) -m found }")
    if kind is Sticky.HEADER:
        lines.append(f"set-var(txn.who) req.fhdr({config.sticky.header},1)")
    lines += _drawn("d1", config.name, kind, "")
    return "".join(f"    {do} {line}\n" for line in lines)


def _drawn(variable: str, salt: str, kind: Sticky, only_if: str) -> list[str]:
    """Return the actions that draw a bucket: at random, or from who asks where that is known."""
    found = f"if {only_if}".rstrip() if only_if else ""
    if kind is Sticky.NONE:
        return [f"set-var(txn.{variable}) rand(10000) {found}".rstrip()]
    hashed = f"set-var(txn.{variable}) {bucket_of(f'str({salt})', _WHO[kind])}"
    if kind is not Sticky.HEADER:
        return [f"{hashed} {found}".rstrip()]
    is_known = "{ var(txn.who) -m found }"
    return [
        f"{hashed} if {only_if} {is_known}".replace("  ", " "),
        f"set-var(txn.{variable}) rand(10000) if {only_if} !{is_known}".replace("  ", " "),
    ]


def _conditions(config: GatewayConfig, draws: tuple[str, ...]) -> str:
    """Return the rules for conditions: the first that holds decides, by a draw of its own."""
    writer = AclWriter()
    drawn: list[str] = []
    for index, route in enumerate(config.conditional_routes):
        assert route.condition is not None  # noqa: S101 - what the property promises
        number = draws.index(f"{config.name}/{route.name}")
        is_open = "!{ var(txn.c) -m found } " if index else ""
        for text in writer.alternatives(route.condition.expression):
            writer.lines.append(f"http-request set-var(txn.c) int({number}) if {is_open}{text}")
        salt, is_it = f"{config.name}/{route.name}", f"{{ var(txn.c) -m int {number} }}"
        drawn += (f"http-request {line}" for line in _drawn("dc", salt, config.sticky.kind, is_it))
    if drawn:
        drawn.append(f"http-request set-var(txn.t1) {route_of('var(txn.g1)', 'dc', draw='c')}")
    return "".join(f"    {line}\n" for line in (*writer.lines, *drawn))


def _by_weight(config: GatewayConfig) -> str:
    do = rule_word(config.protocol)
    unless = " if !{ var(txn.t1) -m found }" if config.conditional_routes else ""
    return (
        f"    {do} set-var(txn.t1) {route_of('var(txn.g1)', 'd1')}{unless}\n"
        f"    {do} set-var(txn.to) var(txn.t1)\n"
    )
