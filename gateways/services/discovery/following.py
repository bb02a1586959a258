"""Following a scheduler: compare everything, then apply what the watch tells, for ever."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime

from django.db import DatabaseError, transaction
from django.utils import timezone

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


class Follower:
    """Keeps one environment's rows at what its scheduler says. One thread's object."""

    def __init__(
        self, environment: Environment, scheduler: Scheduler, stop: threading.Event
    ) -> None:
        self._environment = environment
        self._scheduler = scheduler
        self._stop = stop
        self._pause_s = FIRST_PAUSE_S
        self._state: tuple[bool, str] | None = None
        self._fencing: int | None = None

    def run(self) -> None:
        """Follow until stopped. A scheduler that goes away is asked again, ever more slowly."""
        while not self._stop.is_set():
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
                log.exception("discovery.failed", extra={"environment": str(self._environment)})
                close_broken()
                self._back_off()
        with held_apart("lease.not_released"):  # it falls free by itself
            leases.release(self._lease, using=self._environment.database)

    @property
    def _lease(self) -> str:
        return f"discovery/{self._environment.pk}"

    def _holds_lease(self) -> bool:
        fencing = leases.acquire(self._lease, using=self._environment.database, seconds=LEASE_S)
        if fencing != self._fencing:
            self._state = None  # another process may have noted something else meanwhile
            self._fencing = fencing
        return fencing is not None

    def _compare_and_watch(self) -> None:
        snapshot = self._scheduler.snapshot()
        self._apply(snapshot)
        compared_at = timezone.now()
        while not self._stop.is_set() and self._holds_lease():
            if (timezone.now() - compared_at).total_seconds() >= COMPARE_EVERY_S:
                return
            since_s, before = time.monotonic(), snapshot
            for fresh in self._scheduler.watch(snapshot.cursor, timeout_s=WATCH_S):
                snapshot = fresh
                self._apply(snapshot)
                if self._stop.is_set():
                    return
            if snapshot is before and time.monotonic() - since_s < WATCH_S / 2:
                # The cursor is too old. Compare anew, but not in a busy loop.
                self._stop.wait(FIRST_PAUSE_S)
                return

    def _apply(self, snapshot: Snapshot) -> None:
        changed = reconcile(self._environment, snapshot)
        self._note(
            is_in_sync=True, error="", changed_at=timezone.now() if changed.is_changed else None
        )

    def _back_off(self) -> None:
        self._stop.wait(self._pause_s)
        self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)

    def _note(self, *, is_in_sync: bool, error: str, changed_at: datetime | None = None) -> None:
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
