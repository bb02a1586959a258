"""Hosts that a gateway answers to, and addresses that a route leads to, checked as text."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from gateways.domain.characters import first_unfit, named

LONGEST_HOST: Final = 253
LONGEST_RULE: Final = 255
MOST_PORT: Final = 65_535

_DNS: Final = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*", re.ASCII)
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~!&*+=:@%-]+)+", re.ASCII)
_ADDRESS: Final = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*)):([0-9]{1,5})", re.ASCII)


class PlaceInvalid(ValueError):
    """A host or an address that is malformed.

    Attributes:
        offset: index of the offending character, or None where it is the whole.
        hint: how to mend it.
    """

    def __init__(self, message: str, hint: str = "", offset: int | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.offset = offset


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Where something answers: an IP address (IPv6 without brackets) or DNS name, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return ``host:port``, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def check_host(text: str) -> None:
    """Refuse what is not a host, ``*.`` and a host, or either with a path behind it.

    Raises:
        PlaceInvalid: it is malformed, or a character in it only looks like an allowed one.
    """
    _check_characters(text)
    if len(text) > LONGEST_RULE:
        raise PlaceInvalid(f"has {len(text)} characters, more than {LONGEST_RULE}")
    host, slash, path = text.partition("/")
    if ":" in host:
        raise PlaceInvalid(
            "hosts are matched without their port", "leave the port out", host.find(":")
        )
    if host != host.lower():
        raise PlaceInvalid("hosts are written in lower case", f"write {host.lower()}{slash}{path}")
    if "*" in host.removeprefix("*."):
        hint = "write *. and the rest of the host"
        raise PlaceInvalid("a * stands only for the first labels", hint, host.rfind("*"))
    if not _is_dns_name(host.removeprefix("*.")):
        raise PlaceInvalid(f'"{host}" is not a host name', "write it like shop.example.com")
    if slash and not _PATH.fullmatch("/" + path):
        hint = "write whole segments and no slash at the end, like /api/v1"
        raise PlaceInvalid(f'"/{path}" is not a path prefix', hint, len(host))


def parse_address(text: str) -> Address:
    """Return the address that ``host:port`` writes; IPv6 in brackets, ``[fd00::1]:80``.

    Raises:
        PlaceInvalid: it is malformed.
    """
    _check_characters(text)
    hint = "write it like 10.0.0.7:8080, shop.internal:80 or [fd00::1]:8080"
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise PlaceInvalid(f'"{text[:80]}" is not a host with a port', hint)
    port = int(found[3])
    if not 1 <= port <= MOST_PORT:
        raise PlaceInvalid(f"the port {port} is outside 1 to {MOST_PORT}", hint, found.start(3))
    if found[1] is not None:
        return Address(_ipv6(found[1], hint), port)
    host = found[2].lower()
    # All digits and dots is meant to be an IPv4 address; a name may not end in a number (RFC 3696).
    if host.rpartition(".")[2].isdigit():
        return Address(_ipv4(host, hint), port)
    if not _is_dns_name(host):
        raise PlaceInvalid(f'"{found[2]}" is neither an address nor a host name', hint)
    return Address(host, port)


def _ipv6(text: str, hint: str) -> str:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        raise PlaceInvalid(f'"{text}" is not an IPv6 address', hint) from None
    if address.scope_id is not None:
        raise PlaceInvalid("an address cannot have a zone", hint, text.find("%") + 1)
    return str(address)


def _ipv4(text: str, hint: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise PlaceInvalid(f'"{text}" is not an IPv4 address', hint) from None


def _is_dns_name(host: str) -> bool:
    return len(host) <= LONGEST_HOST and _DNS.fullmatch(host) is not None


def _check_characters(text: str) -> None:
    offset = first_unfit(text)
    if offset is not None:
        hint = "write international names in their xn-- form" if text[offset].isalpha() else ""
        raise PlaceInvalid(f"{named(text[offset])} cannot stand in a host", hint, offset)
