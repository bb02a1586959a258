"""A pool of open connections, shared by the threads of one process.

Under ASGI each request runs in a thread of its own, so Django's own reuse of connections, which is
by thread, never finds one. Connecting costs some ten times what asking whether an open one still
lives does.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

MOST_IDLE = 8
"""Connections kept open by a process, for each database. More are opened as needed, then closed."""

LONGEST_LIFE_S = 900.0
"""A connection is not handed out again after this, so that a load balancer's choice ages."""


class RawConnection(Protocol):
    """What the pool asks of a connection of MySQLdb."""

    def ping(self) -> None:
        """Raise where the server does not answer on this connection."""

    def close(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """An open connection, when it was opened, and what was learnt of its server."""

    connection: Any
    opened_at: float
    learnt: dict[str, Any] = field(default_factory=dict)


class Pool:
    """Idle connections to one database, the last used on top. Safe between threads.

    Args:
        connect: opens a new one.
        most_idle: see `MOST_IDLE`.
        longest_life_s: see `LONGEST_LIFE_S`.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        *,
        most_idle: int = MOST_IDLE,
        longest_life_s: float = LONGEST_LIFE_S,
    ) -> None:
        self._connect = connect
        self._most_idle = most_idle
        self._longest_life_s = longest_life_s
        self._idle: list[Pooled] = []
        self._lock = threading.Lock()

    def take(self) -> Pooled:
        """Return a connection that answers: an idle one, else a new one. Cost: one round trip.

        Raises:
            Exception: MySQLdb's, where no connection can be opened.
        """
        while (held := self._pop()) is not None:
            if self._is_young(held) and _answers(held.connection):
                return held
            close_quietly(held.connection)
        return Pooled(self._connect(), time.monotonic())

    def give_back(self, pooled: Pooled) -> None:
        """Keep a connection on which no transaction is open, or close it where there are enough."""
        with self._lock:
            if len(self._idle) < self._most_idle and self._is_young(pooled):
                self._idle.append(pooled)
                return
        close_quietly(pooled.connection)

    def close_idle(self) -> None:
        """Close what is idle: before a fork, which must not share connections, and at an end."""
        while (held := self._pop()) is not None:
            close_quietly(held.connection)

    def __len__(self) -> int:
        """Return how many connections are idle."""
        return len(self._idle)

    def _pop(self) -> Pooled | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _is_young(self, pooled: Pooled) -> bool:
        return time.monotonic() - pooled.opened_at < self._longest_life_s


def close_quietly(connection: RawConnection) -> None:
    """Close a connection that may be broken already."""
    with contextlib.suppress(Exception):
        connection.close()


def _answers(connection: RawConnection) -> bool:
    try:
        connection.ping()
    except Exception:
        return False
    return True


_pools: dict[str, Pool] = {}
_pools_lock = threading.Lock()


def pool_of(key: str, connect: Callable[[], Any]) -> Pool:
    """Return the process's pool for the database that `key` names, made at first use."""
    with _pools_lock:
        if key not in _pools:
            _pools[key] = Pool(connect)
        return _pools[key]


def close_all_idle() -> None:
    """Close every idle connection of the process."""
    for pool in list(_pools.values()):
        pool.close_idle()


os.register_at_fork(before=close_all_idle)
