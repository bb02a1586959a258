"""``cli.start``: both command lines from start to end, beside an interpreter that does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.measurement import Measurement, Target, rounded
from tests.bench.running import Tell

ROUNDS: Final = 20
TARGET_S: Final = 0.7


def measure(tell: Tell) -> Measurement:
    """Start each program ROUNDS times, and a bare interpreter, by turns."""
    scripts = Path(sysconfig.get_path("scripts"))
    samples, floors, forklift = [], [], []
    is_right = True
    with tempfile.TemporaryDirectory() as home:
        for number in range(ROUNDS):
            tell(f"round {number + 1} of {ROUNDS}")
            took_s, ended = _timed([str(scripts / "vamp"), "context", "list"], home)
            samples.append(took_s)
            is_right = is_right and ended
            took_s, ended = _timed([str(scripts / "forklift"), "context", "list"], home)
            forklift.append(took_s)
            is_right = is_right and ended
            floors.append(_timed([sys.executable, "-c", "pass"], home)[0])
    return Measurement(
        samples,
        "s",
        floors,
        Target(TARGET_S),
        is_right=is_right and median(forklift) <= TARGET_S,
        more={"forklift_s": rounded(median(forklift))},
    )


def _timed(command: Sequence[str], home: str) -> tuple[float, bool]:
    environ = {"HOME": home, "PATH": os.environ["PATH"]}
    begun = time.perf_counter()
    ended = subprocess.run(command, env=environ, capture_output=True, check=False)
    return time.perf_counter() - begun, ended.returncode == 0
