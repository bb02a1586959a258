from __future__ import annotations

import time

from vamp.drivers.clock.system import SystemClock


def test_now__asked__is_the_machines_time() -> None:
    before = time.time()

    now = SystemClock().now().timestamp()

    assert before - 0.001 <= now <= time.time() + 0.001
