"""Facts about processes and listening sockets, read from ``/proc``."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

_LISTEN = "0A"
_DEAD = "ZX"


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process that cannot be mistaken for a later one with the same number.

    Attributes:
        pid: its number.
        started: clock ticks from the machine's start to its own.
    """

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> ProcessId | None:
        """Return the identity of a living process, None where there is none (or a dead one)."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        if fields[0] in _DEAD and not _has_threads(pid):
            return None
        return cls(pid, int(fields[19]))

    def is_alive(self) -> bool:
        """Tell whether this very process runs."""
        return ProcessId.of(self.pid) == self

    def runs_with(self, argument: str) -> bool:
        """Tell whether `argument` is one of its command line's."""
        try:
            arguments = Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return argument.encode() in arguments


def _has_threads(pid: int) -> bool:
    """Tell whether threads of a process live on after its first one.

    A process that is killed ends thread by thread. Its sockets listen until the last one is gone.
    """
    try:
        return any(each != str(pid) for each in os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208
    except OSError:
        return False


def listeners(address: str, ports: Iterable[int]) -> Mapping[int, frozenset[int]]:
    """Return, per port, the sockets (as inodes) that listen where `address` would listen.

    A listener on all addresses counts for each address, and the reverse. Ports without one are
    left out. Cost: one read of ``/proc/net/tcp`` and one of ``tcp6``.
    """
    wanted = set(ports)
    mine = ip_address(address)
    found: dict[int, set[int]] = {}
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] != _LISTEN:
                continue
            host, _, port = fields[1].rpartition(":")
            if int(port, 16) in wanted and _overlap(mine, _decoded(host)):
                found.setdefault(int(port, 16), set()).add(int(fields[9]))
    return {port: frozenset(inodes) for port, inodes in found.items()}


def sockets_of(pids: Iterable[int]) -> frozenset[int]:
    """Return the inodes of all sockets that the processes hold; what may not be read is left out."""
    found = set()
    for pid in pids:
        folder = f"/proc/{pid}/fd"
        with suppress(OSError):
            for name in os.listdir(folder):  # noqa: PTH208  (hot: thousands)
                # A busy process closes some of them meanwhile.
                with suppress(OSError):
                    link = os.readlink(f"{folder}/{name}")  # noqa: PTH115
                    if link.startswith("socket:["):
                        found.add(int(link[8:-1]))
    return frozenset(found)


def held_ports(address: str, ports: Iterable[int], *, ours: Iterable[int]) -> frozenset[int]:
    """Return those of `ports` on which a process other than `ours` listens at `address`.

    HAProxy opens its ports so that two processes can share one, each getting a part of the
    connections; the kernel does not tell them. So this is asked before HAProxy binds.

    Args:
        address: where HAProxy would listen.
        ports: which ports.
        ours: process ids of our own HAProxy, master and workers.
    """
    listening = listeners(address, ports)
    own = sockets_of(ours)
    return frozenset(port for port, inodes in listening.items() if inodes - own)


def _decoded(text: str) -> IPv4Address | IPv6Address:
    """Turn the kernel's hexadecimal, four-byte words in the machine's order, into an address."""
    words = [bytes.fromhex(text[i : i + 8])[::-1] for i in range(0, len(text), 8)]
    if len(words) == 1:
        return IPv4Address(socket.inet_ntop(socket.AF_INET, words[0]))
    address = IPv6Address(b"".join(words))
    return address.ipv4_mapped or address


def _overlap(one: IPv4Address | IPv6Address, other: IPv4Address | IPv6Address) -> bool:
    """Tell whether a listener on one of the addresses would meet connections to the other."""
    if one.version == other.version:
        return one == other or one.is_unspecified or other.is_unspecified
    six = one if one.version == 6 else other
    return six.is_unspecified
