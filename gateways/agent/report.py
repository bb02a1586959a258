"""Tells the agent API what this agent serves: at once when that changes, and each second anyway."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateways.agent.api import AgentApi
from gateways.agent.backoff import Backoff
from gateways.agent.faults import AgentFault
from vamp.ports.errors import PortError

HEARTBEAT_S = 1.0

FULL_REPORT_S = 60.0
"""How often everything is told again, for a server that has forgotten."""

log = logging.getLogger("vga.report")


@dataclass(frozen=True, slots=True)
class Identity:
    """What never changes in an agent's life."""

    boot: str
    started_at: datetime
    version: str
    haproxy_version: str
    address: str


@dataclass(frozen=True, slots=True)
class Status:
    """What an agent has to say at one moment.

    Attributes:
        applied: gateway → generation that it serves; all of them.
        complete_until: see `vamp.ports.metrics.Watermark`; None while nothing is known.
        dropped: lines known to be lost since the boot.
        dropped_at: when `dropped` last rose.
        faults: what is wrong at present.
        reloads: of HAProxy, since the boot.
    """

    applied: Mapping[str, int]
    complete_until: datetime | None
    dropped: int
    dropped_at: datetime | None
    faults: tuple[AgentFault, ...]
    reloads: int


def report_json(
    identity: Identity, status: Status, acknowledged: Mapping[str, int] | None
) -> dict[str, Any]:
    """Return the report's body. Pure.

    Args:
        identity: who reports.
        status: what.
        acknowledged: what the API was told already, for it gets only what differs; None to tell
            everything. A gateway that is no longer served is told as null.
    """
    told = acknowledged or {}
    applied: dict[str, int | None] = {
        gateway: generation
        for gateway, generation in status.applied.items()
        if told.get(gateway) != generation
    }
    applied |= dict.fromkeys(told.keys() - status.applied.keys())
    return {
        "boot": identity.boot,
        "started_at": identity.started_at.isoformat(),
        "version": identity.version,
        "haproxy_version": identity.haproxy_version,
        "address": identity.address,
        "full": acknowledged is None,
        "applied": applied,
        "complete_until": status.complete_until and status.complete_until.isoformat(),
        "dropped": status.dropped,
        "dropped_at": status.dropped_at and status.dropped_at.isoformat(),
        "faults": [
            {"gateway": f.gateway, "message": f.message, "since": f.since.isoformat()}
            for f in status.faults
        ],
        "reloads": status.reloads,
    }


class Reporter:
    """The thread that reports. Nothing that serves traffic ever waits for it."""

    def __init__(self, api: AgentApi, identity: Identity, status: Callable[[], Status]) -> None:
        self._api = api
        self._identity = identity
        self._status = status
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vga-report", daemon=True)
        self._acknowledged: Mapping[str, int] | None = None
        self._told_all_at = 0.0
        self._others: Mapping[str, int] = {}

    @property
    def applied_by_others(self) -> Mapping[str, int]:
        """Gateway → generation that another agent of the environment has reported, as last heard."""
        return self._others

    def start(self) -> None:
        """Begin to report."""
        self._thread.start()

    def wake(self) -> None:
        """Report now: something changed."""
        self._wake.set()

    def stop(self, *, timeout_s: float) -> None:
        """Report a last time, for at most `timeout_s`."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)
        self._api.close()

    def _run(self) -> None:
        backoff = Backoff(0.2, 2.0)
        while True:
            self._wake.wait(HEARTBEAT_S)
            self._wake.clear()
            stopping = self._stopping.is_set()
            try:
                self.report()
                backoff.succeeded()
            except PortError as error:
                log.warning("report.failed", extra={"reason": str(error)})
                self._stopping.wait(backoff.failed())
            if stopping:
                return

    def report(self) -> None:
        """Report once.

        Raises:
            PortError: the API did not take it; all that it missed is told the next time.
        """
        if time.monotonic() - self._told_all_at > FULL_REPORT_S:
            self._acknowledged = None
        status = self._status()
        everything = self._acknowledged is None
        body = report_json(self._identity, status, self._acknowledged)
        self._acknowledged = None  # until the answer says that it arrived
        answer = self._api.post("report", body, timeout_s=3.0)
        self._acknowledged = dict(status.applied)
        if everything:
            self._told_all_at = time.monotonic()
        others = answer.get("applied_by_others")
        if isinstance(others, dict):
            self._others = {k: v for k, v in others.items() if isinstance(v, int)}
