from __future__ import annotations

from functools import partial

import pytest

from tests.vamp.processes.running import end, running, wait_until

pytestmark = pytest.mark.processes


def has_twice(log, event):
    return log.read_text().count(event) >= 2


def test_consume__its_database_is_not_there__announces_itself_goes_on_and_ends_politely(tmp_path):
    announced = tmp_path / "run" / "consume.ready"
    log = tmp_path / "log"

    with running(tmp_path, "consume") as process:
        wait_until(process, tmp_path, announced.exists)
        # Nothing says yet whose events go to which stream: it looks again, and consumes meanwhile.
        for event in ("streams.not_looked", "consume.failed"):
            wait_until(process, tmp_path, partial(has_twice, log, event))

        assert end(process) == 0
