"""The process that does the work: Celery's worker, with beat inside."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

from celery.beat import EmbeddedService
from celery.exceptions import SecurityWarning
from celery.signals import worker_ready, worker_shutdown
from django.conf import settings

from vamp import queues
from vamp.celery import app
from vamp.processes import readiness

THREADS = 4


def run(*, has_beat: bool, threads: int = THREADS, names: Sequence[str] = queues.ALL) -> None:
    """Run a worker with a pool of threads until SIGTERM, which lets tasks in progress finish.

    Args:
        has_beat: run the schedule too; one process of the installation does.
        threads: how many tasks at once.
        names: the queues that it works for. Threads cannot be taken from a slow task, so a worker
            for the live queue alone is what keeps slow ones from being in the way.
    """
    if has_beat:
        _start_beat_when_ready()
    worker_ready.connect(partial(_announce, queues.process_name(names)), weak=False)
    warnings.filterwarnings("ignore", category=SecurityWarning)  # an installation's choice
    app.worker_main(
        [
            "worker",
            "--pool=threads",
            f"--concurrency={threads}",
            f"--queues={','.join(names)}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            f"--loglevel={settings.LOG_LEVEL if settings.LOG_LEVEL != 'INFO' else 'WARNING'}",
        ]
    )


def _announce(name: str, **_: Any) -> None:
    readiness.announce(name)


def _start_beat_when_ready() -> None:
    # A thread, not Celery's own --beat: that would fork a process of its own.
    beat: Any = EmbeddedService(app, thread=True)

    def start(**_: Any) -> None:
        beat.start()

    def end(**_: Any) -> None:
        beat.stop()

    worker_ready.connect(start, weak=False)
    worker_shutdown.connect(end, weak=False)
