"""The process that does the work: Celery's worker, with beat inside where there is only one."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from celery.exceptions import SecurityWarning
from celery.signals import worker_ready, worker_shutdown
from django.conf import settings

from vamp import queues, task_log
from vamp.celery import app
from vamp.processes import beating, readiness, task_consumer
from vamp.processes.liveness import loops

THREADS = 4
LONGEST_TASK_S = 600.0
"""A task without a limit of its own that runs so long is stuck; threads cannot be interrupted."""

BEAT_END_S = 2.0


def run(
    *,
    has_beat: bool,
    threads: int = THREADS,
    names: Sequence[str] = queues.ALL,
    stop_within_s: float = task_consumer.stop_s,
) -> None:
    """Run a worker with a pool of threads until SIGTERM.

    Tasks in progress are finished; what is not done in time goes back to the broker.

    Args:
        has_beat: run the schedule too; for an installation with one worker.
        threads: how many tasks at once.
        names: the queues that it works for. Threads cannot be taken from a slow task, so a worker
            for the live queue alone is what keeps slow ones from being in the way.
        stop_within_s: seconds from SIGTERM to the end at the latest.
    """
    if has_beat:
        _keep_schedule_when_ready()
    worker_ready.connect(partial(_announce, queues.process_name(names)), weak=False)
    task_log.on_begin(_watched)
    task_consumer.stop_s = stop_within_s
    app.conf.worker_consumer = "vamp.processes.task_consumer:Consumer"
    warnings.filterwarnings("ignore", category=SecurityWarning)  # an installation's choice
    app.worker_main(
        [
            "--quiet",
            "worker",
            "--pool=threads",
            f"--concurrency={threads}",
            f"--queues={','.join(names)}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            f"--loglevel={settings.LOG_LEVEL}",
        ]
    )


def _watched(name: str, limit_s: float | None) -> Callable[[], None]:
    """Let a task that outlives its limit show as a loop that has gone silent."""
    loop = loops.begin(f"task {name}", within_s=limit_s or LONGEST_TASK_S)
    return partial(loops.end, loop)


def _announce(name: str, **_: Any) -> None:
    readiness.announce(name)


def _keep_schedule_when_ready() -> None:
    # A thread, not Celery's own --beat: that would fork a process of its own.
    running: list[tuple[threading.Thread, threading.Event]] = []

    def start(**_: Any) -> None:
        if not running:  # the worker says so again after each connection to its broker
            running.append(beating.begin_thread())

    def end(**_: Any) -> None:
        for thread, ended in running:
            ended.set()
            thread.join(BEAT_END_S)

    worker_ready.connect(start, weak=False)
    worker_shutdown.connect(end, weak=False)
