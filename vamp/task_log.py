"""What goes along with a task and is told of it: log context, one log line, Prometheus metrics.

Connected to Celery's signals by `connect`, in every process that queues or runs tasks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import Token
from dataclasses import dataclass, replace
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from prometheus_client import Counter, Histogram

from vamp import log_context
from vamp.log_context import LogContext

log = logging.getLogger("vamp.tasks")

TASKS = Counter("vamp_tasks", "Tasks that ended, by name and outcome.", ["task", "outcome"])
SECONDS = Histogram(
    "vamp_task_seconds",
    "How long tasks ran, in seconds.",
    ["task"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
WAIT = Histogram(
    "vamp_task_wait_seconds",
    "How long tasks waited in the queue, by the clocks of the machines that queue and run them.",
    ["task"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)

_CONTEXT, _QUEUED_AT = "vamp_context", "vamp_queued_at"
_OUTCOMES = {"SUCCESS": "success", "FAILURE": "failure", "RETRY": "retry"}


@dataclass(frozen=True, slots=True)
class _Run:
    """A task that runs in this thread."""

    token: Token[LogContext]
    begun: float
    ended: Callable[[], None]


class _Runs(threading.local):
    """The tasks of this thread, the innermost last: one may call another."""

    def __init__(self) -> None:
        self.stack: list[_Run] = []


_runs = _Runs()
_on_begin: Callable[[str, float | None], Callable[[], None]] | None = None


def connect() -> None:
    """Let every task of this process carry its context. Repeating it changes nothing."""
    before_task_publish.connect(_queued, dispatch_uid="vamp.task_log")
    task_prerun.connect(_begun, dispatch_uid="vamp.task_log")
    task_postrun.connect(_ended, dispatch_uid="vamp.task_log")


def on_begin(watch: Callable[[str, float | None], Callable[[], None]]) -> None:
    """Have `watch` called as each task begins, with its name and its time limit in seconds.

    What it returns is called as the task ends.
    """
    global _on_begin
    _on_begin = watch


def _queued(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None:
        headers[_CONTEXT] = log_context.current().present()
        headers[_QUEUED_AT] = time.time()


def _begun(task_id: str, task: Any, **_: Any) -> None:
    given = task.request.get(_CONTEXT)
    came_with = log_context.read(given) if isinstance(given, dict) else log_context.NOTHING
    queued_at = task.request.get(_QUEUED_AT)
    if isinstance(queued_at, int | float):
        WAIT.labels(task.name).observe(max(0.0, time.time() - queued_at))
    token = log_context.begin(replace(came_with, task_id=task_id))
    ended = _on_begin(task.name, task.time_limit) if _on_begin else lambda: None
    _runs.stack.append(_Run(token, time.perf_counter(), ended))


def _ended(task: Any, state: str | None = None, **_: Any) -> None:
    if not _runs.stack:
        return  # it was begun before we were connected
    run = _runs.stack.pop()
    seconds = time.perf_counter() - run.begun
    outcome = _OUTCOMES.get(state or "", "other")
    TASKS.labels(task.name, outcome).inc()
    SECONDS.labels(task.name).observe(seconds)
    # What the schedule asks for every second or so would hide what people ask for.
    is_told = outcome != "success" or bool(log_context.current().request_id)
    log.log(
        logging.INFO if is_told else logging.DEBUG,
        "task.ended",
        extra={"task": task.name, "outcome": outcome, "ms": round(seconds * 1000, 1)},
    )
    run.ended()
    log_context.end(run.token)
