"""Delivers spooled rollups, at least once, in order, for as long as it takes.

They go to the metrics store where the agent knows one, else to the agent API.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateways.agent.api import AgentApi
from gateways.agent.backoff import Backoff
from gateways.agent.faults import Faults
from gateways.agent.losses import Losses
from gateways.agent.spool import Batch, Complete, Spool, rollup_json
from vamp.ports.errors import PortError, PortRefused
from vamp.ports.metrics import Rollup, RollupsRefused

BATCH_ROLLUPS = 500
"""Rollups in one request: about 200 kB."""

log = logging.getLogger("vga.ship")


class RollupSink(Protocol):
    """Where rollups go: `ApiRollups`, or a `vamp.ports.metrics.MetricsStore`."""

    def write(self, rollups: Sequence[Rollup]) -> None:
        """Store `rollups`; those whose id is stored already are left as they are.

        Raises:
            PortError: they are not all stored, and may be later: tokens and limits are mended.
            RollupsRefused: some never will be; the others are.
        """
        ...


class ApiRollups:
    """Rollups by way of the agent API."""

    def __init__(self, api: AgentApi) -> None:
        self._api = api

    def write(self, rollups: Sequence[Rollup]) -> None:
        """See `RollupSink`. The API takes all or none."""
        try:
            self._api.post("rollups", {"rollups": [rollup_json(rollup) for rollup in rollups]})
        except PortRefused as error:
            raise RollupsRefused({rollup.id: str(error) for rollup in rollups}) from error


class Shipper:
    """The thread that empties the spool.

    Ids make a second delivery harmless. What the sink refuses for good is given up and counted as
    lost, so that one bad record does not hold up those behind it.
    """

    def __init__(self, spool: Spool, sink: RollupSink, faults: Faults, losses: Losses) -> None:
        self._spool = spool
        self._sink = sink
        self._faults = faults
        self._losses = losses
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vga-ship", daemon=True)
        self._complete_until: datetime | None = None
        self.shipped = 0

    @property
    def complete_until(self) -> datetime | None:
        """Until when every rollup is stored by the sink; None before the first is known."""
        return self._complete_until

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def wake(self) -> None:
        """Say that the spool has something new."""
        self._wake.set()

    def stop(self, *, timeout_s: float) -> None:
        """Deliver what there is, for at most `timeout_s`, and end. The rest stays in the spool."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        backoff = Backoff(0.1, 5.0)
        while True:
            self._wake.wait(1.0)
            self._wake.clear()
            try:
                self.drain()
                backoff.succeeded()
                self._faults.clear("ship")
            except PortError as error:
                self._faults.set("ship", "", f"Rollups wait in the spool: {error}")
                if self._stopping.is_set():
                    return
                self._stopping.wait(backoff.failed())
                self._wake.set()
            except OSError as error:
                self._faults.set("ship", "", f"The spool cannot be read: {error}")
            if self._stopping.is_set():
                return

    def drain(self) -> None:
        """Deliver all that the spool holds now.

        Raises:
            PortError: the sink does not take more at present.
        """
        while (batch := self._spool.read(BATCH_ROLLUPS)) is not None:
            self._deliver(batch)
            self._spool.acknowledge(batch)
            for record in batch.records:
                if isinstance(record, Complete):
                    self._complete_until = record.until

    def _deliver(self, batch: Batch) -> None:
        rollups = [record for record in batch.records if isinstance(record, Rollup)]
        if not rollups:
            return
        refused: dict[str, str] = {}
        try:
            self._sink.write(rollups)
        except RollupsRefused as error:
            refused = error.reasons
            lost = sum(rollup.count for rollup in rollups if rollup.id in refused)
            self._losses.add(lost, f"rollups refused: {error}")
            log.warning("rollups.refused", extra={"rollups": len(refused), "reason": str(error)})
        self.shipped += len(rollups) - len(refused)
