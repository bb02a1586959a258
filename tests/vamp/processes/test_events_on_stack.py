"""Outbox → relay → JetStream → consumer, in processes that are killed: nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.vamp.drivers.events.nats_server import running

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[3]
EVENTS = 3_000
WAIT_S = 120

INSERT = """
    INSERT INTO vamp_outboxevent (subject, organisation, environment, payload, emitted_at)
    VALUES ('vamp.acme.prod.x.y.z', 'acme', 'prod', json_object('number', ?),
            strftime('%Y-%m-%d %H:%M:%f', 'now'))
"""


class Installation:
    """A database, a file of what was heard, and processes that relay and consume."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.heard_in = folder / "heard"
        self.heard_in.touch()
        self._database = folder / "vamp.sqlite3"
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "vamp.settings",
            "VAMP_STATE_DIR": str(folder),
            "VAMP_DATABASE_URL": f"sqlite://{self._database}",
            "VAMP_EVENTS_URL": url,
            "TEST_HEARD": str(self.heard_in),
        }
        self._run([sys.executable, "manage.py", "migrate", "--verbosity=0"]).wait()

    def consume(self) -> subprocess.Popen[bytes]:
        return self._run([sys.executable, "-m", "tests.vamp.processes.consuming_process"])

    def emit(self, numbers: range) -> None:
        with sqlite3.connect(self._database, timeout=30) as connection:
            connection.executemany(INSERT, [(number,) for number in numbers])
        connection.close()

    def heard(self) -> set[int]:
        return {int(line) for line in self.heard_in.read_text().split("\n")[:-1]}

    def await_heard(self, count: int) -> None:
        until = time.monotonic() + WAIT_S
        while len(self.heard()) < count:
            assert time.monotonic() < until, f"only {len(self.heard())} of {count} arrived"
            time.sleep(0.05)

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env=self._environment, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("victim", ["consume", "nats-server"])
def test_events__a_process_is_killed_midway__none_is_lost(tmp_path, victim):
    with running(tmp_path / "nats") as server:
        installation = Installation(tmp_path / "state", server.url)
        one, other = installation.consume(), installation.consume()
        emitting = threading.Thread(
            target=lambda: [
                installation.emit(range(first, first + 50)) for first in range(0, EVENTS, 50)
            ]
        )
        try:
            emitting.start()
            installation.await_heard(EVENTS // 10)
            if victim == "consume":
                one.kill()
                one.wait()
                one = installation.consume()
            else:
                server.kill()
                server.start()
            emitting.join(WAIT_S)
            installation.await_heard(EVENTS)
        finally:
            for process in (one, other):
                process.terminate()
                process.wait()

        assert installation.heard() == set(range(EVENTS))
