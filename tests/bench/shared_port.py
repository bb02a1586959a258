"""``request.shared-port.N``: a request through the shared port at N gateways, and at one."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from gateways.haproxy.assemble import assemble
from gateways.haproxy.files import write_files
from gateways.haproxy.numbers import placed
from gateways.haproxy.settings import AssembleSettings
from tests.bench.asking import Asking, get
from tests.bench.environment import CONDITION_EVERY, environment_of, host_of
from tests.bench.measurement import Measurement, Target, rounded
from tests.bench.memory import cpu_seconds, family_of
from tests.bench.proxy import free_ports, running, short_folder
from tests.bench.running import Tell

ROUNDS: Final = 240
REQUESTS: Final = 25
"""Of each round, all to one gateway: short, so that what else the machine does meets both sides."""

WARM_UP: Final = 10
"""Requests before those, for connections and caches."""

HOSTS: Final = 20
"""Gateways, spread over all, that are asked by turns."""

WATCH_S: Final = 10.0
"""Health checks come in turns of so long."""

_CORES: Final = sorted(os.sched_getaffinity(0))

SECRET: Final = "probe-secret-of-the-bench"


def measure(count: int, tell: Tell) -> Measurement:
    """Ask a HAProxy with `count` gateways and one with a single gateway, by turns."""
    with ExitStack() as stack:
        folder = stack.enter_context(short_folder())
        many_port, one_port, service_port = free_ports(3)
        stack.enter_context(_on_core(-1))
        stack.enter_context(_service(folder, service_port))
        tell(f"starting HAProxy with {count} gateways")
        many = stack.enter_context(_gateways(folder / "n", count, many_port, service_port))
        one = stack.enter_context(_gateways(folder / "1", 1, one_port, service_port))
        stack.enter_context(_on_core(0))
        tell("waiting for health checks to settle")
        busy = many.busy_percent()
        samples: list[float] = []
        floors: list[float] = []
        ratios = []
        for number in range(ROUNDS):
            tell(f"round {number + 1} of {ROUNDS}")
            if number % 2:
                ours, floor = many.asked_us(number), one.asked_us(number)
            else:
                floor, ours = one.asked_us(number), many.asked_us(number)
            samples += ours
            floors += floor
            ratios.append(median(ours) / median(floor))
    return Measurement(
        samples,
        "µs",
        floors,
        Target(1.15, of="ratio"),
        more={
            "round_ratio_median": rounded(median(ratios)),
            "checks_cpu_percent": rounded(busy),
        },
    )


@contextmanager
def _on_core(number: int) -> Iterator[None]:
    """Stay on one core, as does what is started meanwhile.

    Else the kernel puts what asks and what answers now on one core and now on two, which makes more
    of a difference than anything here, and not the same one for both sides.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {_CORES[number]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class _Side:
    """One HAProxy, and what it is asked."""

    pid: int
    folder: Path
    port: int
    requests: Sequence[bytes]

    def asked_us(self, number: int) -> list[float]:
        """Return how many microseconds each of `REQUESTS` requests of a round took.

        Each round opens a connection of its own, as callers do.
        """
        request = self.requests[number % len(self.requests)]
        connection = Asking(("127.0.0.1", self.port))
        try:
            for _ in range(WARM_UP):
                _ask(connection, request)
            return [_ask(connection, request) for _ in range(REQUESTS)]
        finally:
            connection.close()

    def busy_percent(self) -> float:
        """Return how much of one core HAProxy uses while nobody asks it anything."""
        family = family_of(self.pid, self.folder)
        before = cpu_seconds(family)
        time.sleep(WATCH_S)
        return (cpu_seconds(family) - before) / WATCH_S * 100


def _ask(connection: Asking, request: bytes) -> float:
    """Ask once; return how many microseconds that took."""
    begun = time.perf_counter()
    answer = connection.ask(request)
    took_s = time.perf_counter() - begun
    if b" 200 " not in answer[:20]:
        raise ValueError(f"not answered by the service: {answer[:300]!r}")
    return took_s * 1e6


@contextmanager
def _gateways(folder: Path, count: int, port: int, service_port: int) -> Iterator[_Side]:
    folder.mkdir()
    environment = environment_of(count, answering=("127.0.0.1", service_port))
    placement = placed(environment.parts())
    settings = AssembleSettings(
        str(folder),
        shared_port=port,
        runtime_socket=f"{folder}/run.sock",
        probe_secret=SECRET,
    )
    write_files(assemble(placement.parts.values(), placement.numbers, settings), folder)
    # Those with a condition are handed over to a frontend of their own, which the one is not.
    plain = [number for number in range(count) if number % CONDITION_EVERY != CONDITION_EVERY - 1]
    same = [number for number in plain if number % 3 == 0]
    chosen = random.Random(count).sample(same, min(HOSTS, len(same)))
    with running(folder / "haproxy.cfg", folder / "run.sock") as haproxy:
        requests = [get(host_of(number)) for number in chosen]
        yield _Side(haproxy.process.pid, folder, port, requests)


@contextmanager
def _service(folder: Path, port: int) -> Iterator[None]:
    """Run a HAProxy that answers every request by itself: the quickest service that there is."""
    config, commands = folder / "service.cfg", folder / "service.sock"
    config.write_text(
        f"global\n    stats socket {commands} mode 600 level admin\n"
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 60s\n"
        f"    timeout server 30s\nfrontend service\n    bind 127.0.0.1:{port}\n"
        "    http-request return status 200 content-type text/plain string ok\n"
    )
    with running(config, commands):
        yield
