"""What a condition answers for one request, the same as HAProxy does for the compiled one."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Final

from gateways.domain.condition.ast import (
    And,
    Condition,
    Constant,
    Match,
    Not,
    Operator,
    Or,
    Subject,
)
from gateways.domain.pattern import compiled
from gateways.domain.request import Pairs, Request

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def evaluate(condition: Condition, request: Request) -> bool:
    """Return whether the condition holds for the request. Linear in the condition's size."""
    if isinstance(condition, And):
        return all(evaluate(term, request) for term in condition.terms)
    if isinstance(condition, Or):
        return any(evaluate(term, request) for term in condition.terms)
    if isinstance(condition, Not):
        return not evaluate(condition.operand, request)
    if isinstance(condition, Constant):
        return condition.value
    if condition.subject is Subject.SOURCE:
        return _is_within(condition, request.source)
    compare = _COMPARISONS[condition.operator]
    return any(compare(value, condition.value) for value in _values(condition, request))


_COMPARISONS: Final[dict[Operator, Callable[[str, str], bool]]] = {
    Operator.IS: str.__eq__,
    Operator.STARTS: str.startswith,
    Operator.ENDS: str.endswith,
    Operator.CONTAINS: str.__contains__,
    Operator.MATCHES: lambda value, pattern: compiled(pattern).search(value) is not None,
    Operator.EXISTS: lambda _value, _nothing: True,
}

_SINGLE: Final[dict[Subject, Callable[[Request], str]]] = {
    Subject.HOST: lambda request: request.host,
    Subject.PATH: lambda request: request.path,
    Subject.METHOD: lambda request: request.method,
}


def _values(match: Match, request: Request) -> Iterable[str]:
    single = _SINGLE.get(match.subject)
    if single is not None:
        return (single(request),)
    if match.subject is Subject.USER_AGENT:
        return _named(request.headers, "user-agent")
    if match.subject is Subject.HEADER:
        return _named(request.headers, match.name)
    return _named(request.cookies if match.subject is Subject.COOKIE else request.query, match.name)


def _named(pairs: Pairs, name: str) -> Iterable[str]:
    return (value for found, value in pairs if found == name)


def _is_within(match: Match, source: str) -> bool:
    forms = _forms(ipaddress.ip_address(source))
    return any(form in network for network in match.networks for form in forms)


def _forms(address: Address) -> tuple[Address, ...]:
    # HAProxy compares an IPv4 address with IPv6 networks in its mapped form, and an IPv6 address
    # that holds an IPv4 one (mapped, 6to4, or behind 96 zero bits) with IPv4 networks.
    if isinstance(address, ipaddress.IPv4Address):
        return address, ipaddress.IPv6Address(f"::ffff:{address}")
    embedded = address.ipv4_mapped or address.sixtofour
    if int(address) < 2**32:
        embedded = ipaddress.IPv4Address(int(address))
    return (address,) if embedded is None else (address, embedded)
