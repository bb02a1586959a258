"""``agent.lines``: log lines received, parsed, rolled up, spooled and delivered, per second.

``agent.lines.kept``: the same while every line is also made into a document and delivered.
"""

from __future__ import annotations

import time
from pathlib import Path

from gateways.agent.api import AgentApi
from gateways.agent.ship import ApiRollups
from tests.bench.agent_load import Load, bare_lines_per_s, in_process_of_its_own
from tests.bench.agent_parts import AgentParts
from tests.bench.measurement import Measurement, Target, rounded
from tests.bench.proxy import short_folder
from tests.bench.running import Tell
from vamp.wiring import lines_from_url

LINES = 200_000
ROUNDS = 5


def measure(tell: Tell, *, are_kept: bool = False) -> Measurement:
    """Send `LINES` lines a round from another process, as quickly as they are taken."""
    samples, floors, of_cpu = [], [], []
    is_right = True
    with in_process_of_its_own(LINES) as load:
        for number in range(ROUNDS):
            tell(f"round {number + 1} of {ROUNDS}")
            with short_folder() as folder:
                rate, cpu_rate, counted = _agent_lines_per_s(load, folder, are_kept=are_kept)
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


def _agent_lines_per_s(load: Load, folder: Path, *, are_kept: bool) -> tuple[float, float, int]:
    """Return lines a second of wall clock, and of this process's processor time, and how many."""
    api = AgentApi(
        f"http://127.0.0.1:{load.sink_port}",
        "token",
        organisation="acme",
        environment="production",
        agent="bench",
    )
    url = f"elasticsearch://127.0.0.1:{load.sink_port}/vamp?tls=off"
    lines = lines_from_url(url, organisation="acme", environment="production")
    with AgentParts(folder, ApiRollups(api), lines if are_kept else None).running() as agent:
        begun, cpu = time.perf_counter(), time.process_time()
        load.send_frames(agent.port)
        agent.count(LINES)
        took_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
        kept = agent.lines_shipped if are_kept else LINES
    api.close()
    return LINES / took_s, LINES / cpu_s, min(load.counted(), kept)
