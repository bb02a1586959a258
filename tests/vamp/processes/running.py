"""One of Vamp's processes as a user starts it, in a state folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"
START_WAIT_S = 60.0
END_WAIT_S = 20.0


@contextmanager
def running(
    state: Path, *arguments: str, log_name: str = "log", **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``manage.py <arguments>``; it is killed with the block if it has not ended by then.

    Args:
        state: its state folder.
        arguments: command and options.
        log_name: file in `state` for its output.
        variables: of its environment, on top of those that it needs.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VAMP_")}
    environment = inherited | {
        "VAMP_STATE_DIR": str(state),
        "DJANGO_SETTINGS_MODULE": "vamp.settings",
        **variables,
    }
    with (state / log_name).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(MANAGE), *arguments],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def migrated(file: Path) -> None:
    """Make a SQLite database in `file` as ``migrate`` does, in no time where the suite has one.

    It is a copy of the suite's own with the rows that the test sees; on other servers ``migrate``
    itself makes it, which takes seconds.
    """
    if connection.vendor != "sqlite":
        with running(file.parent, "migrate", log_name="migrate") as process:
            assert process.wait(START_WAIT_S) == 0, (file.parent / "migrate").read_text()
        return
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(file)) as made:
        # As text: pages of a database are not handed over within a transaction, as tests have it.
        made.executescript("\n".join(connection.connection.iterdump()))


def wait_until(
    process: subprocess.Popen[bytes], state: Path, is_so: Callable[[], bool], log_name: str = "log"
) -> None:
    """Wait for something that the process does."""
    deadline = time.monotonic() + START_WAIT_S
    while not is_so():
        alive = process.poll() is None and time.monotonic() < deadline
        assert alive, (state / log_name).read_text()[-3000:]
        time.sleep(0.02)


def end(process: subprocess.Popen[bytes]) -> int:
    """Ask it to end, and return its exit status."""
    process.send_signal(signal.SIGTERM)
    return process.wait(END_WAIT_S)
