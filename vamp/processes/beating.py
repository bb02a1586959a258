"""Keeping the schedule: Celery's beat, in a loop of ours that ends at once and beats for probes."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import Any

from celery.beat import Service
from django.db import DatabaseError

from vamp import leases
from vamp.celery import app
from vamp.contention import close_broken
from vamp.databases import let_go_of_connections
from vamp.processes.liveness import loops

log = logging.getLogger("vamp.beat")

LEASE = "vamp.beat"
LEASE_S = 15.0
LONGEST_WAIT_S = 1.0
"""The loop turns so often at least, to renew its lease."""

PAUSE_AFTER_ERROR_S = 1.0
SILENT_S = 60.0


def run(stop: threading.Event, *, has_lease: bool) -> None:
    """Queue what is due until `stop` is set. Survives broker and database going away.

    Args:
        stop: see above.
        has_lease: only while this process holds the lease of the default database. Of several such
            processes one works, and another takes over `LEASE_S` after it was killed, or at once
            where it ended politely.
    """
    scheduler: Any = None
    with loops.watched("beat", within_s=SILENT_S) as loop:
        while not stop.is_set():
            loop.beat()
            try:
                if has_lease and leases.acquire(LEASE, using="default", seconds=LEASE_S) is None:
                    stop.wait(LONGEST_WAIT_S)
                    continue
                if scheduler is None:
                    # Read the schedule only now: another may have gone on with it meanwhile.
                    scheduler = Service(app).get_scheduler()
                wait_s = scheduler.tick()
                if scheduler.should_sync():
                    scheduler._do_sync()  # noqa: SLF001 as Celery's own service does
                stop.wait(min(max(wait_s or 0.0, 0.0), LONGEST_WAIT_S))
            except Exception:
                log.exception("beat.failed")
                close_broken()
                stop.wait(PAUSE_AFTER_ERROR_S)
    if scheduler is not None:
        scheduler.close()
    if has_lease:
        with contextlib.suppress(DatabaseError):  # it falls free by itself
            leases.release(LEASE, using="default")
    let_go_of_connections()


def begin_thread() -> tuple[threading.Thread, threading.Event]:
    """Keep the schedule in a thread, for an installation with one worker; return what ends it."""
    ended = threading.Event()
    thread = threading.Thread(
        target=run, args=(ended,), kwargs={"has_lease": False}, name="beat", daemon=True
    )
    thread.start()
    return thread, ended
