"""Following a scheduler: compare everything, then apply what the watch tells, for ever."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, transaction
from django.utils import timezone
from prometheus_client import Counter, Gauge

from gateways.models import Synchronisation
from gateways.services.discovery.reconcile import reconcile
from tenants.models import Environment
from vamp import leases
from vamp.contention import close_broken, held_apart
from vamp.errors import VampError
from vamp.ports.errors import PortError
from vamp.ports.scheduler import Scheduler, Snapshot

log = logging.getLogger("gateways.discovery")

LEASE_S = 20.0
WATCH_S = 5.0
"""The watch ends so often, to renew the lease and to see whether to stop."""

COMPARE_EVERY_S = 60.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


_PLACE = ["organisation", "environment"]
SNAPSHOTS = Counter("vamp_sync_snapshots", "Snapshots of schedulers compared with rows.", _PLACE)
CHANGES = Counter("vamp_sync_changes", "Snapshots after which rows were changed.", _PLACE)
IN_SYNC = Gauge("vamp_sync_in_sync", "1 while this process follows the scheduler, else 0.", _PLACE)


class Follower:
    """Keeps one environment's rows at what its scheduler says. One thread's object.

    Every comparison with all rows is a net; in between, only rows of what the watch told are read.

    Args:
        environment: whose rows.
        open_scheduler: opens its scheduler; called anew after each failure, for then its
            credentials may be others.
        stop: ends `run`.
        beat: called at every turn, at least once in `LONGEST_PAUSE_S` while all is well.
    """

    def __init__(
        self,
        environment: Environment,
        open_scheduler: Callable[[], Scheduler],
        stop: threading.Event,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._environment = environment
        self._open = open_scheduler
        self._stop = stop
        self._beat = beat
        self._place = (environment.organisation.name, environment.name)
        self._scheduler: Scheduler | None = None
        self._pause_s = FIRST_PAUSE_S
        self._state: tuple[bool, str] | None = None
        self._fencing: int | None = None
        self._applied: Snapshot | None = None

    def run(self) -> None:
        """Follow until stopped. A scheduler that goes away is asked again, ever more slowly."""
        while not self._stop.is_set():
            self._beat()
            try:
                if self._holds_lease():
                    self._compare_and_watch()
                    self._pause_s = FIRST_PAUSE_S
                else:
                    self._stop.wait(WATCH_S)
            except (PortError, VampError) as error:
                self._note(is_in_sync=False, error=str(error))
                self._back_off()
            except Exception:
                # Whatever goes away, a database or the state folder: this loop must not end.
                log.exception("discovery.failed", extra=self._environment.names)
                close_broken()
                self._back_off()
        self.release()

    def release(self) -> None:
        """Give the lease back, if this process holds it, so that another need not wait for it."""
        with held_apart("lease.not_released"):  # it falls free by itself
            leases.release(self._lease, using=self._environment.database)

    @property
    def _lease(self) -> str:
        return f"discovery/{self._environment.pk}"

    def _holds_lease(self) -> bool:
        fencing = leases.acquire(self._lease, using=self._environment.database, seconds=LEASE_S)
        if fencing != self._fencing:
            if fencing is None:
                IN_SYNC.labels(*self._place).set(0.0)
            else:
                place = {**self._environment.names, "fencing": fencing}
                log.info("discovery.following", extra=place)
            # Another process may have noted, and written, something else meanwhile.
            self._state = self._applied = None
            self._fencing = fencing
        return fencing is not None

    def _compare_and_watch(self) -> None:
        scheduler = self._scheduler = self._scheduler or self._open()
        self._applied = None
        snapshot = scheduler.snapshot()
        self._apply(snapshot)
        compared_at = timezone.now()
        while not self._stop.is_set() and self._holds_lease():
            self._beat()
            if (timezone.now() - compared_at).total_seconds() >= COMPARE_EVERY_S:
                return
            since_s, before = time.monotonic(), snapshot
            for fresh in scheduler.watch(snapshot.cursor, timeout_s=WATCH_S):
                snapshot = fresh
                self._apply(snapshot)
                if self._stop.is_set():
                    return
            if snapshot is before and time.monotonic() - since_s < WATCH_S / 2:
                # The cursor is too old. Compare anew, but not in a busy loop.
                self._stop.wait(FIRST_PAUSE_S)
                return

    def _apply(self, snapshot: Snapshot) -> None:
        since, self._applied = self._applied, None
        changed = reconcile(self._environment, snapshot, since=since)
        self._applied = snapshot
        SNAPSHOTS.labels(*self._place).inc()
        if changed.is_changed:
            CHANGES.labels(*self._place).inc()
        self._note(
            is_in_sync=True, error="", changed_at=timezone.now() if changed.is_changed else None
        )

    def _back_off(self) -> None:
        self._scheduler = None
        self._stop.wait(self._pause_s)
        self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)

    def _note(self, *, is_in_sync: bool, error: str, changed_at: datetime | None = None) -> None:
        IN_SYNC.labels(*self._place).set(float(is_in_sync))
        if self._state == (is_in_sync, error) and changed_at is None:
            return
        try:
            note(self._environment, is_in_sync=is_in_sync, error=error, changed_at=changed_at)
        except DatabaseError:
            close_broken()
        else:
            self._state = (is_in_sync, error)


def note(
    environment: Environment, *, is_in_sync: bool, error: str, changed_at: datetime | None = None
) -> None:
    """Write down whether the environment follows its scheduler; nothing where that is known."""
    rows = Synchronisation.objects.in_environment(environment)
    with transaction.atomic(using=environment.database):
        held = rows.select_for_update().first()
        is_known = held is not None and (held.is_in_sync, held.error) == (is_in_sync, error)
        if is_known and changed_at is None:
            return
        row = held or Synchronisation(environment=environment)
        if held is None or held.is_in_sync != is_in_sync:
            row.since = timezone.now()
        row.is_in_sync, row.error = is_in_sync, error
        row.changed_at = changed_at or row.changed_at
        row.save()
