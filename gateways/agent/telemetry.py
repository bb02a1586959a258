"""Turns counted lines into spooled rollups, as far as the workers' lines are known to be complete."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gateways.agent.faults import Faults
from gateways.agent.losses import Losses
from gateways.agent.processes import ProcessId
from gateways.agent.receiver import LogReceiver
from gateways.agent.rollup import RollupBook
from gateways.agent.runtime import RuntimeUnavailable
from gateways.agent.spool import Complete, Record, Spool
from gateways.agent.supervise import HAProxy, facts
from gateways.agent.watermark import complete_until
from vamp.ports.metrics import Rollup

TICK_S = 0.1
POLL_S = 0.25

LATEST_CLOSE_MS = 3_000
"""A span is closed so long after its end even if some worker's lines are still awaited: numbers
are shown, the watermark stays behind, and lines that come later make a further rollup."""

MOST_WAITING = 50_000
"""Records kept in memory while the disk takes none; about 40 MB."""

log = logging.getLogger("vga.lines")


@dataclass(slots=True)
class _Worker:
    """What was last heard of one worker; `process` is None if it ended before it was looked at."""

    process: ProcessId | None
    answered: int = 0
    dropped: int = 0
    requests: int = 0
    connections: int = -1
    is_stopping: bool = False


class Telemetry:
    """The thread that asks the workers how they are and closes spans of time.

    Attributes:
        old_workers: how many workers finish their connections at present.
        last_answer_ms: when the worker that serves last answered; 0 before.
        beat: called at every turn.
    """

    def __init__(
        self,
        haproxy: HAProxy,
        receiver: LogReceiver,
        book: RollupBook,
        spool: Spool | None,
        losses: Losses,
        faults: Faults,
        *,
        now_ms: Callable[[], int],
        span_ms: int,
        on_spooled: Callable[[], None],
    ) -> None:
        self._haproxy = haproxy
        self._receiver = receiver
        self._book = book
        self._spool = spool
        self._losses = losses
        self._faults = faults
        self._now_ms = now_ms
        self._span_ms = span_ms
        self._on_spooled = on_spooled
        self._workers: dict[int, _Worker] = {}
        self._waiting: list[Record] = []
        self._complete = 0
        self._told = 0
        self._polled_ms = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vga-telemetry", daemon=True)
        self.old_workers = 0
        self.last_answer_ms = 0
        self.beat: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, with every span closed and spooled as it is."""
        self._stopping.set()
        self._thread.join()
        self._close(self._now_ms() + self._span_ms)

    def before_stop_of(self, worker: int) -> None:
        """See that no line of `worker` is lost when it is told to stop. Takes some milliseconds.

        Called just before a reload or a stop, from the thread that does it.
        """
        self._receiver.identify((worker,))
        if not self._receiver.follow(worker, str(self._haproxy.worker.path)):
            self._losses.add(1, f"worker {worker} stops while its log is not connected")

    def after_failed_stop_of(self, worker: int) -> None:
        """Take `before_stop_of` back: the reload failed and `worker` goes on."""
        self._receiver.unfollow(worker)

    def _run(self) -> None:
        polled = 0
        while not self._stopping.wait(TICK_S):
            self.beat()
            now = self._now_ms()
            if now - polled >= POLL_S * 1000:
                polled = now
                self.poll()
            self.tick()

    def poll(self) -> None:
        """Ask the master for its workers, and each worker for its counters."""
        asked = self._now_ms()
        try:
            found = self._haproxy.master.processes()
        except RuntimeUnavailable:
            self._forget_the_dead(self._workers.keys())
            return
        self._polled_ms = asked
        pids = (*found.current, *found.old)
        self._receiver.identify(pids)
        self.old_workers = len(found.old)
        for pid in pids:
            if pid not in self._workers:
                self._workers[pid] = _Worker(ProcessId.of(pid))
            self._hear(pid, self._workers[pid], asked)
        self._forget_the_dead(self._workers.keys() - set(pids))

    def tick(self) -> None:
        """Move the watermark on and close what lies behind it."""
        now = self._now_ms()
        answered = {
            pid: worker.answered
            for pid, worker in self._workers.items()
            if not worker.is_stopping or self._receiver.is_followed(pid)
        }
        if not answered and self._haproxy.is_alive():
            return  # it is starting: nobody has been heard yet
        readings = self._receiver.readings(answered)
        # A worker born after the last poll is not known yet, and logs nothing that ended before it.
        limit = self._polled_ms if answered else now
        self._complete = max(self._complete, min(limit, complete_until(readings, now)))
        self._close(max(self._complete, now - self._span_ms - LATEST_CLOSE_MS))

    def _hear(self, pid: int, worker: _Worker, asked: int) -> None:
        try:
            said = facts(self._haproxy.master.ask(pid, "show info"))
            dropped, requests = int(said["DroppedLogs"]), int(said["CumReq"])
            connections, worker.is_stopping = int(said["CurrConns"]), said["Stopping"] == "1"
        except (RuntimeUnavailable, KeyError, ValueError):
            return
        self._losses.add(dropped - worker.dropped, f"worker {pid} dropped lines")
        if worker.is_stopping and not self._receiver.is_followed(pid) and worker.connections > 0:
            # Left by an agent that ended suddenly: nobody gets what it still logs.
            self._losses.add(requests - worker.requests, f"worker {pid} is not followed")
        if worker.is_stopping and connections == 0:
            self._receiver.finish(pid)
        worker.answered, worker.dropped, worker.requests = asked, dropped, requests
        worker.connections = connections
        if not worker.is_stopping:
            self.last_answer_ms = asked

    def _forget_the_dead(self, pids: Iterable[int]) -> None:
        for pid in tuple(pids):
            process = self._workers[pid].process
            if process is None or not process.is_alive():
                del self._workers[pid]

    def _close(self, until_ms: int) -> None:
        with self._receiver.lock:
            self._waiting += self._book.close(until_ms)
        whole = self._complete - self._complete % self._span_ms
        if whole > self._told:
            self._waiting.append(Complete(datetime.fromtimestamp(whole / 1000, UTC)))
            self._told = whole
        if self._spool is None:
            self._waiting.clear()
        if not self._waiting or self._spool is None:
            return
        try:
            self._spool.append(self._waiting)
        except OSError as error:
            self._faults.set("spool", "", f"Rollups cannot be written to disk: {error}")
            self._give_up_some()
            return
        self._waiting = []
        self._faults.clear("spool")
        self._on_spooled()

    def _give_up_some(self) -> None:
        if len(self._waiting) > MOST_WAITING:
            gone = self._waiting[: MOST_WAITING // 2]
            lines = sum(record.count for record in gone if isinstance(record, Rollup))
            self._losses.add(lines, "the disk takes no rollups")
            self._waiting = self._waiting[MOST_WAITING // 2 :]
