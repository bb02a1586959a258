"""The agent's threads that lines pass, put together as `gateways.agent.agent` does it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateways.agent.agent import SystemClock
from gateways.agent.faults import Faults
from gateways.agent.lines import Line
from gateways.agent.losses import Losses
from gateways.agent.raw import Documents, LineBuffer
from gateways.agent.receiver import LogReceiver
from gateways.agent.rollup import RollupBook, RollupSource
from gateways.agent.ship import RollupSink, Shipper
from gateways.agent.ship_lines import LineShipper
from gateways.agent.spool import Spool
from gateways.agent.telemetry import TICK_S
from gateways.agent.watermark import SKEW_MS
from gateways.haproxy.part import RouteLabel
from tests.bench.agent_load import GATEWAYS, ROUTES
from vamp.ports.lines import LineStore

SPAN_MS = 1_000
SPOOL_BYTES = 64 << 20
BUFFER_BYTES = 512 << 20
WAIT_S = 120.0

LABELS = {
    f"{gateway}:{route}": RouteLabel(route, gateway, route)
    for gateway in GATEWAYS
    for route in ROUTES
}


class AgentParts:
    """Receiver, book, spool and shippers.

    Attributes:
        port: where lines are sent to, in frames.
    """

    def __init__(
        self, folder: Path, sink: RollupSink, lines: LineStore | None, *, boot: str = "boot"
    ) -> None:
        """Take `folder` for the spool; rollups go to `sink`, raw lines to `lines`, if anywhere."""
        clock = SystemClock()
        faults = Faults(clock)
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(listening.getsockname()[1])
        losses = Losses(clock)
        self._book = RollupBook(RollupSource("bench", boot, SPAN_MS), lambda: LABELS)
        self._last_ms = 0
        self._deadline = time.monotonic() + WAIT_S
        self._buffer = LineBuffer(share=1, limit_bytes=BUFFER_BYTES)
        self._lines: LineShipper | None = None
        if lines is not None:
            documents = Documents("bench", boot, 1, lambda: LABELS)
            self._lines = LineShipper(self._buffer, documents, lines, faults)
        self.receiver = LogReceiver(
            listening,
            self._take,
            losses,
            lambda: int(time.time() * 1000),
            self._buffer.add if lines is not None else None,
        )
        self._spool = Spool(folder, limit_bytes=SPOOL_BYTES)
        self._shipper = Shipper(self._spool, sink, faults, losses)

    @property
    def lines_shipped(self) -> int:
        """Raw lines that are stored."""
        return self._lines.shipped if self._lines else 0

    @contextmanager
    def running(self) -> Iterator[AgentParts]:
        """Run the threads until the block ends."""
        self.receiver.start()
        self._shipper.start()
        if self._lines is not None:
            self._lines.start()
        try:
            yield self
        finally:
            self.receiver.stop()
            self._shipper.stop(timeout_s=5.0)
            if self._lines is not None:
                self._lines.stop(timeout_s=5.0)

    def count(self, wanted: int) -> None:
        """Do what the telemetry's thread does, until `wanted` lines came and all is delivered.

        Raises:
            TimeoutError: that took longer than `WAIT_S`.
        """
        while self.receiver.lines < wanted:
            time.sleep(TICK_S / 10)
            self._close(self._last_ms - SKEW_MS)
            self._in_time(lambda: f"{self.receiver.lines} of {wanted} lines came")
        self._close(self._last_ms + SPAN_MS)
        while self._spool.size_bytes or (self._lines and self._lines.shipped < wanted):
            time.sleep(0.002)
            self._in_time(lambda: f"{self._spool.size_bytes} B wait, {self.lines_shipped} shipped")

    def _in_time(self, say: Callable[[], str]) -> None:
        if time.monotonic() > self._deadline:
            raise TimeoutError(say())

    def _take(self, lines: list[Line]) -> tuple[int, int]:
        found = self._book.add(lines)
        self._last_ms = max(self._last_ms, found[0])
        return found

    def _close(self, until_ms: int) -> None:
        with self.receiver.lock:
            rollups = self._book.close(until_ms)
        if rollups:
            self._spool.append(rollups)
            self._shipper.wake()
