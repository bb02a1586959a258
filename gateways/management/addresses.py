"""Which loopback address each agent of this machine has: the same after every start."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from ipaddress import IPv4Address
from pathlib import Path

from vamp.listening import is_free

FIRST = IPv4Address("127.0.0.2")
"""Agents take 127.0.0.2, 127.0.0.3 …: two HAProxy processes on one address would share its ports."""


class AgentAddresses:
    """Hands out addresses, and remembers them in a file.

    Args:
        path: of the file; JSON, ``organisation/environment/agent`` → address.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held = dict(_read(path))

    def of(self, agent: str, *, port: int = 0) -> IPv4Address:
        """Return the address of `agent`; the lowest that is free where it has none yet.

        Args:
            agent: ``organisation/environment/agent``.
            port: it will listen there: an address on which somebody else does, such as another
                installation on this machine, is passed over. 0 asks for none.
        """
        if agent not in self._held:
            taken = set(self._held.values())
            free = FIRST
            while free in taken or not is_free(str(free), port):
                free += 1
            self._held[agent] = free
            self._write()
        return self._held[agent]

    def keep(self, environments: Collection[str]) -> None:
        """Free the addresses of agents of other environments than these (``acme/production``)."""
        kept = {
            agent: address
            for agent, address in self._held.items()
            if agent.rpartition("/")[0] in environments
        }
        if kept != self._held:
            self._held = kept
            self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(
            json.dumps({agent: str(address) for agent, address in self._held.items()}, indent=2)
        )
        draft.replace(self._path)


def _read(path: Path) -> Mapping[str, IPv4Address]:
    """Return what the file holds; nothing where it is not there or was written by nobody of us."""
    try:
        found = json.loads(path.read_text())
        return {str(agent): IPv4Address(address) for agent, address in found.items()}
    except (FileNotFoundError, ValueError, AttributeError):
        return {}
