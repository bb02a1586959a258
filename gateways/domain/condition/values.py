"""Which names and values a match may have: what HAProxy and we read alike, and nothing else.

All that reaches a configuration passes here. Control characters, line breaks and everything beyond
ASCII are impossible; quoting what is left is for those who write configurations.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from gateways.domain.characters import first_unfit, named
from gateways.domain.pattern import check_pattern

LONGEST_VALUE: Final = 256
LONGEST_SOURCE: Final = 1024

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}", re.ASCII)
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]", re.ASCII)
_METHOD: Final = re.compile(r"[A-Z][A-Z-]{0,31}", re.ASCII)


def check_name(name: str, *, is_header: bool) -> None:
    """Refuse a name that is no RFC 9110 token, and of a header one that is not in lower case.

    Raises:
        ValueError: it is refused; the message says why.
    """
    if (unfit := first_unfit(name)) is not None:
        raise ValueError(f"a name cannot have {named(name[unfit])} in it")
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is not a name")
    if is_header and name != name.lower():
        raise ValueError("the name of a header is kept in lower case")


def check_value(subject: str, operator: str, value: str) -> None:
    """Refuse a value that `subject` cannot be compared with.

    Raises:
        ValueError: it is refused; the message says why.
    """
    if not value:
        raise ValueError("the value is empty")
    longest = LONGEST_SOURCE if subject == "source" else LONGEST_VALUE
    if len(value) > longest:
        raise ValueError(f"the value has {len(value)} characters, more than {longest}")
    if (unfit := first_unfit(value)) is not None:
        raise ValueError(f"a value cannot have {named(value[unfit])} in it")
    if operator == "matches":
        check_pattern(value)
    elif subject == "host":
        _check_host(value)
    elif subject == "method" and not _METHOD.fullmatch(value):
        raise ValueError(f"{value!r} is not a method such as GET")
    elif subject == "source" and canonical_source(value.split(", ")) != value:
        raise ValueError(f"networks are kept as {canonical_source(value.split(', '))!r}")


def canonical_source(networks: list[str]) -> str:
    """Return networks and single addresses as a `SOURCE` match keeps them, each once.

    Raises:
        ValueError: one of them is no network; the message says which and why.
    """
    return ", ".join(dict.fromkeys(_canonical_network(network) for network in networks))


def _check_host(value: str) -> None:
    if not value.startswith("[") and ":" in value:
        raise ValueError("hosts are compared without their port; leave it out")
    if not _HOST.fullmatch(value) or ".." in value:
        raise ValueError(f"{value!r} is not a host name")


def _canonical_network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not a network such as 10.0.0.0/8") from None
    address = text.strip().partition("/")[0]
    if str(network.network_address) != str(ipaddress.ip_address(address)):
        raise ValueError(f"{text} has bits beyond its prefix; write {network}")
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped:
        raise ValueError(f"{text} is an IPv4 address in IPv6 form; write it as IPv4")
    if network.prefixlen == network.max_prefixlen:
        return str(network.network_address)
    return str(network)
