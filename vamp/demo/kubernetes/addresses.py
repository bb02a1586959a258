"""An address of its own for every pod, out of the machine's own network 127.0.0.0/8."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Final

NETWORK: Final = "127.64.0.0/16"
_RESERVED: Final = 256
"""The first addresses of the network are left to people."""


class Addresses:
    """Hands out addresses. Linux answers on all of 127.0.0.0/8 without any set-up.

    Two nodes on one machine may share a network: an address is drawn at random, so that they do not
    come upon the same one.

    Args:
        network: such as ``127.64.0.0/16``, at least a /20.

    Raises:
        ValueError: it is no network of the machine's own, or too small.
    """

    def __init__(self, network: str = NETWORK) -> None:
        self._network = ipaddress.IPv4Network(network)
        if not self._network.is_loopback or self._network.prefixlen > 20:
            raise ValueError(f"{network} is not a part of 127.0.0.0/8 with room for pods")
        self._taken: set[str] = set()

    def take(self, wanted: str = "") -> str:
        """Return a free address: `wanted`, where a pod has one already and it is ours."""
        if wanted and ipaddress.ip_address(wanted) in self._network and wanted not in self._taken:
            self._taken.add(wanted)
            return wanted
        while True:
            number = _RESERVED + secrets.randbelow(self._network.num_addresses - 2 * _RESERVED)
            address = str(self._network[number])
            if address not in self._taken:
                self._taken.add(address)
                return address

    def give_back(self, address: str) -> None:
        """Take an address back."""
        self._taken.discard(address)
