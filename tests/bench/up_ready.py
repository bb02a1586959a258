"""``up.ready``: ``manage.py up`` in an empty folder until every part is ready, and its memory."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median
from typing import Final

from gateways.management.booting import Booted, booted
from tests.bench.measurement import Measurement, Target
from tests.bench.memory import family_of, proportional_mb
from tests.bench.proxy import free_ports, short_folder
from tests.bench.running import Tell

ROUNDS: Final = 3
TARGET_S: Final = 10.0
TARGET_MB: Final = 500.0
SETTLE_S: Final = 3.0
"""From ready to the look at memory: sweeps and ticks have run by then."""

WAIT_S: Final = 60.0
UP: Final = "Vamp is up after"


def measure(tell: Tell) -> Measurement:
    """Boot with two agents, and a bare Django site beside it, by turns."""
    samples, floors, memory = [], [], []
    parts: dict[str, float] = {}
    for number in range(ROUNDS):
        tell(f"round {number + 1} of {ROUNDS}")
        with short_folder() as folder:
            ready_s, by_kind = _boot(folder / "up")
        samples.append(ready_s)
        memory.append(sum(by_kind.values()))
        parts = dict(by_kind)
        with short_folder() as folder:
            floors.append(_bare_site_s(folder))
    held_mb = round(median(memory), 1)
    return Measurement(
        samples,
        "s",
        floors,
        Target(TARGET_S),
        is_right=held_mb <= TARGET_MB,
        more={"memory_mb": held_mb, "memory_target_mb": TARGET_MB, "memory_by_kind": parts},
    )


def _boot(folder: Path) -> tuple[float, dict[str, float]]:
    with booted(folder) as up:
        ready_s = _ready_s(up)
        time.sleep(SETTLE_S)
        return ready_s, dict(proportional_mb(family_of(up.process.pid, folder)))


def _ready_s(up: Booted) -> float:
    """Return when everything was ready, from outside: the start of the interpreter counts."""
    looked = time.monotonic()
    log = up.folder / "up.log"
    while UP not in log.read_text():
        if time.monotonic() - looked > WAIT_S or up.process.poll() is not None:
            raise TimeoutError(f"not every part got ready: {log.read_text()[-2000:]}")
        time.sleep(0.01)
    return up.ready_after_s + time.monotonic() - looked


def _bare_site_s(folder: Path) -> float:
    """Return how long an empty Django site takes from its start to its first page."""
    (port,) = free_ports(1)
    begun = time.monotonic()
    command = [sys.executable, "-m", "tests.bench.bare_site", str(folder), str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while not _answers(f"http://127.0.0.1:{port}/admin/login/"):
            if time.monotonic() - begun > WAIT_S or process.poll() is not None:
                raise TimeoutError("the bare site does not answer")
            time.sleep(0.02)
        return time.monotonic() - begun
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
