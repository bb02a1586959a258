"""The rules that frontends share: telling the probe, finding a gateway's route, handing over.

Rules run top to bottom. A rule that sets a variable from one that is not there does nothing, so
most need no condition. Variables of one request, all in the scope ``txn``:

=================  ================================================================================
``g1`` … ``g4``    gateways that the request passes in this frontend
``k1`` … ``k4``    kind of each (``kinds.map``): how it draws, or ``hop``: it has its own frontend
``d1`` … ``d4``    bucket drawn for each
``t1`` … ``t4``    backend found for each, ``<gateway>:<route>``; where the route is another gateway
                   there is no backend of that name, but an entry in ``nested.map``
``to``             the backend that the request goes to; where none has that name, the 503 page
``cohort``         cohort of the cookie; ``fresh``: it was drawn just now
``src``            address of the caller
``depth``          gateways passed before this frontend was handed the request
``entry``          the gateway that the request was sent to; ``gn``: its generation
``gws``, ``rts``   gateways and routes passed: a JSON list without its outer brackets and quotes
``r``              target of the request, cut and escaped for the log
``probe``          the request carries the agent's secret
=================  ================================================================================

Between our own frontends these travel in headers beginning ``X-Vamp-``, which are taken off every
request from outside and never reach a service.
"""

from __future__ import annotations

from typing import Final

from gateways.haproxy.config import (
    COHORT_COOKIE,
    COHORT_COOKIE_MAX_AGE_S,
    MOST_NESTED,
    PROBE_HEADER,
    Protocol,
)
from gateways.haproxy.numbers import BUCKETS_PER_NUMBER

HOP_BIND: Final = "hop"
"""Name of the ``bind`` line on which a frontend is handed requests by our other frontends."""

SOCKETS_VARIABLE: Final = "VAMP_SOCKETS"
"""Environment variable, set in the configuration itself: how addresses of internal sockets begin."""

BIND_VARIABLE: Final = "VAMP_BIND"
"""Environment variable, set in the configuration itself, with the address to listen on."""

COHORT_PATTERN: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
"""What HAProxy's ``uuid()`` draws. A cookie with anything else in it is drawn anew."""

_ACLS: Final = """\
    acl is_probe var(txn.probe) -m bool
    acl is_hop var(txn.to) -m beg -- _hop:
"""

_OUTSIDE: Final = f"""\
{_ACLS}\
    http-request set-var(txn.probe) req.hdr({PROBE_HEADER}),secure_memcmp(proc.vamp_probe)
    http-request del-header X-Vamp- -m beg
"""

_BOTH: Final = f"""\
{_ACLS}\
    acl is_inside so_name -m str -- {HOP_BIND}
    http-request set-var(txn.probe) req.hdr({PROBE_HEADER}),secure_memcmp(proc.vamp_probe)
    http-request del-header X-Vamp- -m beg if !is_inside
    http-request set-var(txn.entry) req.fhdr(X-Vamp-Entry)
    http-request set-var(txn.gws) req.fhdr(X-Vamp-Gateways)
    http-request set-var(txn.rts) req.fhdr(X-Vamp-Routes)
    http-request set-var(txn.cohort) req.fhdr(X-Vamp-Cohort)
    http-request set-var(txn.depth) int(0)
    http-request set-var(txn.depth) req.fhdr(X-Vamp-Depth),add(0)
    http-request del-header X-Vamp- -m beg if is_inside
"""

_REQUEST: Final = f"""\
    http-request set-log-level silent if is_probe
    http-request set-var(txn.r) url,bytes(0,1024),json(utf8s)
    http-request set-var(txn.src) src
    http-request set-var(txn.cohort) req.cook({COHORT_COOKIE}) if !{{ var(txn.cohort) -m found }}
    http-request unset-var(txn.cohort) if !{{ var(txn.cohort) -m reg -- {COHORT_PATTERN} }}
"""

ENTRY_FROM_OUTSIDE: Final = _OUTSIDE + _REQUEST
"""First rules of a frontend that only callers reach."""

ENTRY_FROM_BOTH: Final = _BOTH + _REQUEST
"""First rules of a frontend that other frontends hand over to as well."""

FIND_GATEWAY: Final = """\
    http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)
    http-request set-var(txn.path) path
    http-request set-var(txn.g1) var(txn.host),concat(,txn.path,/),map_beg(maps/hosts.map)
""" + "".join(
    f"    http-request set-var(txn.g1) var(txn.host),field({label},.,0),concat(,txn.path,/),"
    "map_beg(maps/wildcards.map) if !{ var(txn.g1) -m found }\n"
    for label in (2, 3, 4, 5)
)
"""Host and path → ``g1``. The longest path of an exact host wins, then that of the longest wildcard.

A slash after the path makes ``/api/`` match ``/api`` and ``/api/x``, and not ``/apix``."""


def bucket_of(salt: str, who: str) -> str:
    """Return the expression for `gateways.domain.bucket.bucket`.

    Args:
        salt: a fetch, such as ``str(shop)``.
        who: variable with the cohort; where it is missing the bucket is that of an empty cohort.
    """
    return f"{salt},concat(/,txn.{who}),xxh32(0),mod(10000)"


def route_of(gateway: str, bucket: str, *, draw: str = "") -> str:
    """Return the expression that looks a drawn bucket up; it yields nothing where none is there.

    Args:
        gateway: a fetch of the gateway's name.
        bucket: variable with the bucket.
        draw: variable with the offset of a condition's draw; empty for the split by weight.
    """
    offset = f",add(txn.{draw})" if draw else ""
    return (
        f"{gateway},map_str_int(maps/layouts.map){offset},mul({BUCKETS_PER_NUMBER}),"
        f"add(txn.{bucket}),map_ip(maps/buckets.map)"
    )


def level(number: int, protocol: Protocol = Protocol.HTTP, *, from_both: bool = False) -> str:
    """Return the rules that find the route of gateway ``g<number>``, after those of the one before.

    Args:
        number: 1–4; at 1 the gateway was found already.
        protocol: of the frontend; only gateways of the same are followed.
        from_both: the frontend counts the gateways that were passed before it.
    """
    k = number
    do = rule_word(protocol)
    lines = []
    if k > 1:
        limit = f" if {{ var(txn.depth) -m int le {MOST_NESTED - k} }}" if from_both else ""
        lines.append(f"set-var(txn.g{k}) var(txn.t{k - 1}),map_str(maps/nested.map){limit}")
    lines.append(f"set-var(txn.k{k}) var(txn.g{k}),map_str(maps/kinds.map)")
    lines += _http_draw(k) if protocol is Protocol.HTTP else _tcp_draw(k)
    lines.append(f"set-var(txn.t{k}) {route_of(f'var(txn.g{k})', f'd{k}')}")
    lines.append(f"set-var(txn.to) var(txn.t{k})")
    lines += _passed(k)
    if protocol is Protocol.HTTP:
        depth = f"var(txn.depth),add({k - 1})" if from_both else f"int({k - 1})"
        lines.append(f"set-var-fmt(txn.to) _hop:%[var(txn.g{k})] if {_is_kind(k, 'hop')}")
        lines.append(f"set-var(txn.depth) {depth} if {_is_kind(k, 'hop')}")
    return "".join(f"    {do} {line}\n" for line in lines)


def _http_draw(k: int) -> list[str]:
    cookie, is_missing = _is_kind(k, "cookie"), "!{ var(txn.cohort) -m found }"
    return [
        f"set-var(txn.fresh) bool(true) if {cookie} {is_missing}",
        f"set-var(txn.cohort) uuid() if {cookie} {is_missing}",
        f"set-var(txn.d{k}) rand(10000) if {_is_kind(k, 'none')}",
        f"set-var(txn.d{k}) {bucket_of(f'var(txn.g{k})', 'cohort')} if {cookie}",
        f"set-var(txn.d{k}) {bucket_of(f'var(txn.g{k})', 'src')} if {_is_kind(k, 'source')}",
    ]


def _tcp_draw(k: int) -> list[str]:
    return [
        f"set-var(txn.d{k}) rand(10000) if {_is_kind(k, 'tcp')}",
        f"set-var(txn.d{k}) {bucket_of(f'var(txn.g{k})', 'src')} if {_is_kind(k, 'tcp-source')}",
    ]


def _passed(k: int) -> list[str]:
    found, route = f"{{ var(txn.g{k}) -m found }}", f"var(txn.t{k}),field(2,:)"
    if k == 1:
        return [
            f"set-var(txn.gws) var(txn.g1) if !{_is_kind(1, 'hop')}",
            f"set-var(txn.rts) {route}",
        ]
    return [
        f"set-var-fmt(txn.gws) '%[var(txn.gws)]\",\"%[var(txn.g{k})]' if {found} !{_is_kind(k, 'hop')}",
        f"set-var-fmt(txn.rts) '%[var(txn.rts)]\",\"%[{route}]' if {{ var(txn.t{k}) -m found }}",
    ]


def _is_kind(k: int, kind: str) -> str:
    return f"{{ var(txn.k{k}) -m str -- {kind} }}"


def rule_word(protocol: Protocol) -> str:
    """Return the words that a rule begins with."""
    return "http-request" if protocol is Protocol.HTTP else "tcp-request content"


def deeper_levels(protocol: Protocol = Protocol.HTTP, *, from_both: bool = False) -> str:
    """Return the rules that follow gateways behind gateways to the fixed depth."""
    return "".join(
        level(number, protocol, from_both=from_both) for number in range(2, MOST_NESTED + 1)
    )


_CARRIED: Final = (
    ("Entry", "entry"),
    ("Gateways", "gws"),
    ("Routes", "rts"),
    ("Cohort", "cohort"),
    ("Depth", "depth"),
)

EXIT: Final = (
    """\
    http-request set-var(txn.entry) var(txn.g1) if !{ var(txn.entry) -m found }
    http-request set-var(txn.gn) var(txn.entry),map_str_int(maps/generations.map)
    http-request set-log-level silent if is_hop
"""
    + "".join(
        f"    http-request set-header X-Vamp-{header} %[var(txn.{variable})] "
        f"if is_hop {{ var(txn.{variable}) -m found }}\n"
        for header, variable in _CARRIED
    )
    + f"""\
    http-request set-header {PROBE_HEADER} %[var(proc.vamp_probe)] if is_hop is_probe
    http-request add-header X-Forwarded-For %[src] if !is_hop
    http-request return status 200 content-type application/json hdr Cache-Control no-store \
lf-string '{{"gateway":"%[var(txn.entry)]","generation":%[var(txn.gn,0)],\
"route":"%[var(txn.to),field(2,:)]","gateways":["%[var(txn.gws)]"],"routes":["%[var(txn.rts)]"]}}' \
if is_probe !is_hop {{ var(txn.g1) -m found }}
    http-after-response add-header Set-Cookie "{COHORT_COOKIE}=%[var(txn.cohort)]; Path=/; \
Max-Age={COHORT_COOKIE_MAX_AGE_S}; HttpOnly; SameSite=Lax" if {{ var(txn.fresh) -m found }}
"""
)
"""Last rules of an http frontend but ``use_backend``: hand-over, probe, cookie.

A request that is handed over is logged by the frontend that gets it, not twice."""

USE_ROUTE: Final = """\
    use_backend %[var(txn.to)] if { var(txn.to) -m found }
    default_backend _unavailable
"""
"""The last rule: a backend that does not exist falls to the default, the 503 page."""
