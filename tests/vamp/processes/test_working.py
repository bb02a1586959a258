from __future__ import annotations

import pytest

from tests.vamp.processes.running import end, running, wait_until

pytestmark = pytest.mark.processes


def test_worker__with_beat__announces_itself_keeps_the_schedule_and_ends_politely(tmp_path):
    announced = tmp_path / "run" / "worker.ready"

    with running(tmp_path, "worker", "--beat", "--threads", "1") as process:
        wait_until(process, tmp_path, announced.exists)
        assert announced.read_text() == str(process.pid)
        wait_until(process, tmp_path, lambda: any(tmp_path.glob("beat-schedule*")))

        assert end(process) == 0
