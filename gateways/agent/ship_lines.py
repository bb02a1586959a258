"""Delivers raw lines to their store for as long as it keeps up; rollups never wait for them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

from gateways.agent.backoff import Backoff
from gateways.agent.faults import Faults
from gateways.agent.raw import Documents, LineBuffer
from vamp.ports.errors import PortError
from vamp.ports.lines import RawLine

BATCH_LINES = 4_000
"""Lines in one write: about 3 MB."""

GATHER_S = 0.25
"""How long lines wait for others, where fewer than a batch came."""

log = logging.getLogger("vga.lines")


class LineSink(Protocol):
    """Where raw lines go: the writing side of a `vamp.ports.lines.LineStore`."""

    def write(self, lines: Sequence[RawLine]) -> int:
        """Store `lines`, those stored already apart; return how many it will never take.

        Raises:
            PortError: they are not all stored, and may be later.
        """
        ...


class LineShipper:
    """The thread that empties the buffer. A batch is tried until it is stored, with the same ids.

    Meanwhile the buffer gives up its oldest lines; what the agent is too late with when it ends
    is lost too. Both are counted, neither makes a verdict doubtful: that hangs on rollups alone.

    Attributes:
        shipped: lines delivered since the start.
        refused: lines that cannot be read, or that the store will never take.
    """

    def __init__(
        self, buffer: LineBuffer, documents: Documents, store: LineSink, faults: Faults
    ) -> None:
        self._buffer = buffer
        self._documents = documents
        self._store = store
        self._faults = faults
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vga-ship-lines", daemon=True)
        self.shipped = 0
        self.refused = 0

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self, *, timeout_s: float) -> None:
        """Deliver what there is, for at most `timeout_s`, and end. The rest is lost."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def drain(self) -> None:
        """Deliver all that waits now, and return once it is stored, or the agent stops."""
        while numbered := self._buffer.take(BATCH_LINES):
            lines = self._documents.of(numbered)
            if len(lines) < len(numbered):
                # HAProxy's own notices, which begin otherwise, are no lines to be missed.
                begun = sum(message[:1] == b"{" for _, message in numbered)
                self.refused += begun - len(lines)
            if not self._deliver(lines):
                self._buffer.give_up(len(lines))

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._buffer.wait(1.0) and not self._buffer.has(BATCH_LINES):
                self._stopping.wait(GATHER_S)
            self.drain()
        self.drain()

    def _deliver(self, lines: Sequence[RawLine]) -> bool:
        backoff = Backoff(0.1, 5.0)
        while True:
            try:
                refused = self._store.write(lines)
            except PortError as error:
                self._faults.set("lines", "", f"Log lines wait in memory: {error}")
                if self._stopping.is_set():
                    return False
                self._stopping.wait(backoff.failed())
                continue
            self._faults.clear("lines")
            self.shipped += len(lines) - refused
            self.refused += refused
            if refused:
                log.warning("lines.refused", extra={"lines": refused})
            return True
