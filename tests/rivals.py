"""Two that want the same at the same time: a second thread with connections of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connections

WAIT_S = 90.0

_FRESH_S = 0.15
"""InnoDB answers from a copy while it is asked more often than every 0.1 s."""

_WAITING = """
    SELECT COUNT(*) FROM information_schema.innodb_trx AS t
      JOIN information_schema.processlist AS p ON p.id = t.trx_mysql_thread_id
     WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()"""


class Rival:
    """Runs a function in a thread; begun at once, its outcome asked for by `outcome`."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._found: list[Any] = []
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found.append(self._work())
        except BaseException as error:
            self._failed.append(error)
        finally:
            connections.close_all()

    def outcome(self) -> Any:
        """Return what the function returned, or raise what it raised."""
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive(), "the rival still waits"
        if self._failed:
            raise self._failed[0]
        return self._found[0]

    @property
    def is_done(self) -> bool:
        return not self._thread.is_alive()


def wait_until(is_so: Callable[[], Any], what: str, pause_s: float = 0.005) -> None:
    deadline = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < deadline, f"it never came to this: {what}"
        time.sleep(pause_s)


def wait_for_lock_waits(database: str, count: int = 1) -> None:
    """Wait until `count` transactions of this database wait for a lock that another one holds."""

    def are_waiting() -> bool:
        with connections[database].cursor() as cursor:
            cursor.execute(_WAITING)
            return int(cursor.fetchone()[0]) >= count

    wait_until(are_waiting, f"{count} transactions wait for locks", _FRESH_S)
