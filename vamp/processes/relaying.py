"""The relay: hands committed events to their streams, a loop for each stream."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from django.db import DatabaseError, connections
from prometheus_client import Counter

from vamp import leases, streams
from vamp.bells import committed
from vamp.contention import close_broken
from vamp.databases import aliases
from vamp.lanes import Lane, lanes_of
from vamp.models import OutboxEvent
from vamp.outbox import relay
from vamp.ports.events import EventStream
from vamp.processes.liveness import loops
from vamp.streams import Scope, Stream

log = logging.getLogger("vamp.relay")

LEASE = "vamp.relay"
LEASE_S = 10.0
RENEW_S = LEASE_S / 3
WAIT_S = 1.0
"""Without a ring a loop looks by itself this often: a ring may be lost."""

STORM = 10
"""So many events at once are more than a person's change, with all that follows from it."""

STORM_PAUSE_S = 0.02
"""In a storm a loop looks again after this: to take many at once costs little more than to take one."""

NOT_OURS_PAUSE_S = 0.1
"""A process to which nothing falls looks again after this, however often the bell rings."""

PAUSE_AFTER_ERROR_S = 1.0
SILENT_S = 120.0
"""A loop beats with each database and each batch."""

RELAYED = Counter("vamp_events_relayed", "Events handed to the stream.", ["database"])


class Relay:
    """What one process relays. The loops of its streams share it.

    A database is one process's while it holds its lease; lanes are laid out anew by `look`.

    Args:
        opened: opens a stream for the events of a database.
        on_new: told of a database's events as soon as they are seen, before they have positions.
    """

    def __init__(
        self,
        opened: Callable[[Stream, str], EventStream] = streams.opened,
        on_new: Callable[[str, Sequence[OutboxEvent]], None] = lambda database, rows: None,
    ) -> None:
        self._opened = opened
        self._on_new = on_new
        self._lanes: Mapping[str, Sequence[tuple[Lane, Stream]]] = {}
        self._renewed: dict[str, float] = {}
        self._lock = threading.Lock()

    def look(self, scopes: Sequence[Scope]) -> Sequence[Stream]:
        """Find out which streams there are now, and what goes to each; return them.

        What is known of a database that does not answer stays as it is.
        """
        lanes = dict(self._lanes)
        for database in aliases():
            try:
                lanes[database] = lanes_of(database, scopes)
            except DatabaseError:
                log.exception("relay.not_looked", extra={"database": database})
                close_broken()
        self._lanes = lanes
        return list(dict.fromkeys(stream for each in lanes.values() for _, stream in each))

    def relay_once(self) -> int:
        """Hand over all that waits, to every stream in turn; return how many events."""
        return sum(self.relay_to(stream) for stream in self.look(streams.scopes()))

    def relay_to(self, stream: Stream, beat: Callable[[], None] = lambda: None) -> int:
        """Hand over what is for `stream` in every database that is ours; return how many events.

        What goes wrong with one database is logged and tried again by the next call, and does not
        hold up the events of the others.

        Args:
            stream: where to.
            beat: called with each database and each batch.
        """
        total = 0
        for database, lanes in self._lanes.items():
            beat()

            def on_batch(count: int, database: str = database) -> None:
                RELAYED.labels(database).inc(count)
                beat()

            mine = [lane for lane, its_stream in lanes if its_stream == stream]
            try:
                if mine and self._is_ours(database):
                    to = self._opened(stream, database)
                    on_new = partial(self._on_new, database)
                    total += sum(relay(database, to, on_batch, lane, on_new) for lane in mine)
            except Exception:
                log.exception("relay.failed", extra={"database": database, "stream": str(stream)})
                close_broken()
        return total

    def release(self) -> None:
        """Give every database back, so that another process need not wait."""
        for database in aliases():
            with contextlib.suppress(DatabaseError):  # it falls free by itself
                leases.release(LEASE, using=database)
        self._renewed.clear()

    def holds_any(self) -> bool:
        """Tell whether a database is ours."""
        return bool(self._renewed)

    def _is_ours(self, database: str) -> bool:
        with self._lock:
            now = time.monotonic()
            if now - self._renewed.get(database, -LEASE_S) < RENEW_S:
                return True
            if leases.acquire(LEASE, using=database, seconds=LEASE_S) is None:
                self._renewed.pop(database, None)
                return False
            self._renewed[database] = now
            return True


def loop(relays: Relay, stream: Stream, stop: threading.Event) -> None:
    """Relay to `stream` until `stop` is set, woken by each commit on this machine."""
    with loops.watched("relay", within_s=SILENT_S) as watched:
        while not stop.is_set():
            try:
                with committed().listen() as ear:
                    while not stop.is_set():
                        count = relays.relay_to(stream, watched.beat)
                        # What rings meanwhile is heard afterwards.
                        if count >= STORM:
                            stop.wait(STORM_PAUSE_S)
                        elif not relays.holds_any():
                            stop.wait(NOT_OURS_PAUSE_S)
                        ear.wait(WAIT_S)
            except Exception:
                log.exception("relay.failed")  # the state folder may be away: go on all the same
                stop.wait(PAUSE_AFTER_ERROR_S)
    connections.close_all()
