"""Which addresses nobody may make us ask: those that only this machine or its cloud answers at."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from vamp.errors import Fault, Invalid

METADATA = ip_address("fd00:ec2::254")
"""Clouds answer with credentials there and in 169.254.0.0/16."""


def is_forbidden(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether no store can be at `address`: link-local, multicast, unspecified. Pure."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return is_forbidden(address.ipv4_mapped)
    return (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address == METADATA
    )


def check_host(host: str, *, pointer: str = "/url") -> None:
    """Refuse a host that leads to an address which no store can be at. Cost: one look-up.

    A host that nobody knows passes: whoever asks it hears that.

    Args:
        host: name or address; empty passes.
        pointer: where it stands in what was sent.

    Raises:
        Invalid: see above.
    """
    if host and any(is_forbidden(address) for address in _addresses(host)):
        hint = "name the server itself; link-local and multicast addresses are never asked"
        raise Invalid(faults=[Fault(pointer, f"{host} is no address of a store", hint)])


def _addresses(host: str) -> Iterable[IPv4Address | IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        return []
    return {ip_address(str(entry[4][0]).partition("%")[0]) for entry in found}
