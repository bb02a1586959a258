"""``agent.lines``: log lines received, parsed, rolled up, spooled and delivered, per second."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateways.agent.agent import SystemClock
from gateways.agent.api import AgentApi
from gateways.agent.faults import Faults
from gateways.agent.lines import Line
from gateways.agent.losses import Losses
from gateways.agent.receiver import LogReceiver
from gateways.agent.rollup import RollupBook, RollupSource
from gateways.agent.ship import ApiRollups, Shipper
from gateways.agent.spool import Spool
from gateways.agent.telemetry import TICK_S
from gateways.agent.watermark import SKEW_MS
from gateways.haproxy.part import RouteLabel
from tests.bench.agent_load import GATEWAYS, ROUTES, Load, bare_lines_per_s, in_process_of_its_own
from tests.bench.measurement import Measurement, Target, rounded
from tests.bench.proxy import short_folder
from tests.bench.running import Tell

LINES = 200_000
ROUNDS = 5
SPAN_MS = 1_000
SPOOL_BYTES = 64 << 20
WAIT_S = 60.0

LABELS = {
    f"{gateway}:{route}": RouteLabel(route, gateway, route)
    for gateway in GATEWAYS
    for route in ROUTES
}


def measure(tell: Tell) -> Measurement:
    """Send `LINES` lines a round from another process, as quickly as they are taken."""
    samples, floors, of_cpu = [], [], []
    is_right = True
    with in_process_of_its_own(LINES) as load:
        for number in range(ROUNDS):
            tell(f"round {number + 1} of {ROUNDS}")
            with short_folder() as folder:
                rate, cpu_rate, counted = _agent_lines_per_s(load, folder)
            samples.append(rate)
            of_cpu.append(cpu_rate)
            is_right = is_right and counted == LINES
            floors.append(bare_lines_per_s(load, LINES))
    return Measurement(
        samples,
        "lines/s",
        floors,
        Target(60_000, at_least=True),
        is_right=is_right,
        more={"per_cpu_second": rounded(sorted(of_cpu)[len(of_cpu) // 2])},
    )


def _agent_lines_per_s(load: Load, folder: Path) -> tuple[float, float, int]:
    """Return lines a second of wall clock, and of this process's processor time, and how many."""
    with _Agent(folder, load).running() as agent:
        begun, cpu = time.perf_counter(), time.process_time()
        load.send_frames(agent.port)
        agent.close_spans_until(lambda: agent.receiver.lines >= LINES)
        agent.finish()
        took_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    return LINES / took_s, LINES / cpu_s, load.counted()


class _Agent:
    """The agent's threads that lines pass, put together as `gateways.agent.agent` does it."""

    def __init__(self, folder: Path, load: Load) -> None:
        clock = SystemClock()
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(listening.getsockname()[1])
        losses = Losses(clock)
        self._book = RollupBook(RollupSource("bench", "boot", SPAN_MS), lambda: LABELS)
        self._last_ms = 0
        self.receiver = LogReceiver(listening, self._take, losses, lambda: int(time.time() * 1000))
        self._spool = Spool(folder, limit_bytes=SPOOL_BYTES)
        api = AgentApi(
            f"http://127.0.0.1:{load.sink_port}",
            "token",
            organisation="acme",
            environment="production",
            agent="bench",
        )
        self._api = api
        self._shipper = Shipper(self._spool, ApiRollups(api), Faults(clock), losses)

    @contextmanager
    def running(self) -> Iterator[_Agent]:
        """Run the threads until the block ends."""
        self.receiver.start()
        self._shipper.start()
        try:
            yield self
        finally:
            self.receiver.stop()
            self._shipper.stop(timeout_s=5.0)
            self._api.close()

    def close_spans_until(self, is_over: Callable[[], bool]) -> None:
        """Do what the telemetry's thread does each tenth of a second."""
        deadline = time.monotonic() + WAIT_S
        while not is_over():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.receiver.lines} of {LINES} lines came in {WAIT_S:g} s")
            time.sleep(TICK_S / 10)
            self._close(self._last_ms - SKEW_MS)

    def finish(self) -> None:
        """Close every span and wait until all of it is delivered."""
        self._close(self._last_ms + SPAN_MS)
        deadline = time.monotonic() + WAIT_S
        while self._spool.size_bytes:
            if time.monotonic() > deadline:
                raise TimeoutError("the spool was not emptied")
            time.sleep(0.002)

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
