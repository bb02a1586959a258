from __future__ import annotations

import pytest

from tests.vamp.processes.running import end, running, wait_until

pytestmark = pytest.mark.processes


def test_beat__its_database_is_not_there__announces_itself_goes_on_and_ends_politely(tmp_path):
    announced = tmp_path / "run" / "beat.ready"
    log = tmp_path / "log"

    with running(tmp_path, "beat") as process:
        wait_until(process, tmp_path, announced.exists)
        wait_until(process, tmp_path, lambda: log.read_text().count("beat.failed") >= 2)

        assert end(process) == 0
