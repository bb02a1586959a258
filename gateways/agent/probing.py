"""Asks HAProxy itself whether it serves a gateway as it should: no service sees the question."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from gateways.agent.processes import listeners, sockets_of
from gateways.haproxy.config import PROBE_HEADER
from gateways.haproxy.part import Part, Probe

TRIES = 3
PAUSE_S = 0.05
TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Prober:
    """Sends probes to this agent's HAProxy.

    Attributes:
        address: where it listens; for an unspecified address loopback is asked.
        secret: value of the probe header.
        pids: returns the processes of this agent's HAProxy.
    """

    address: str
    secret: str
    pids: Callable[[], tuple[int, ...]]

    def probe(self, part: Part, *, shared_port: int) -> str:
        """Return what is wrong with how `part` is served; empty if nothing is.

        A failure is tried again, for a machine can be slow. Cost: 0.3 ms a probe while all is well.
        """
        for probe in part.probes:
            if wrong := self._patiently(part, probe, probe.port or shared_port):
                return wrong
        return ""

    def _patiently(self, part: Part, probe: Probe, port: int) -> str:
        wrong = self._once(part, probe, port)
        for _ in range(TRIES - 1):
            if not wrong:
                break
            time.sleep(PAUSE_S)
            wrong = self._once(part, probe, port)
        return wrong

    def _once(self, part: Part, probe: Probe, port: int) -> str:
        if probe.protocol == "tcp":
            inodes = listeners(self.address, (port,)).get(port, frozenset())
            ours = sockets_of(self.pids())
            return "" if inodes & ours else f"HAProxy does not listen on port {port}"
        try:
            status, body = self._ask(probe, port)
        except (OSError, http.client.HTTPException) as error:
            return f"the probe of port {port} got no answer: {error}"
        return answer_fault(part, status, body)

    def _ask(self, probe: Probe, port: int) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(_reachable(self.address), port, timeout=TIMEOUT_S)
        try:
            headers = {"Host": probe.host or f"{self.address}:{port}", PROBE_HEADER: self.secret}
            connection.request("GET", probe.path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def answer_fault(part: Part, status: int, body: bytes) -> str:
    """Compare HAProxy's answer to a probe with what `part` should give; empty if they agree."""
    try:
        found = json.loads(body)
        gateway, generation = found["gateway"], int(found["generation"])
    except (ValueError, KeyError, TypeError):
        return f"the probe was answered by something else (status {status})"
    if gateway != part.gateway:
        return f"the probe reached gateway {gateway}"
    if generation != part.generation:
        return f"the probe found generation {generation}, not {part.generation}"
    return ""


def _reachable(address: str) -> str:
    parsed = ip_address(address)
    if not parsed.is_unspecified:
        return address
    return "127.0.0.1" if parsed.version == 4 else "::1"
