"""How far the rollups are complete. Pure: facts about each worker in, one time out.

A line is complete when the worker that logged it wrote it to its ring, the ring was sent, and the
agent counted it. Lines of one worker arrive in the order in which they were logged, so a line
that has come proves that those before it have. Where none come, silence proves the same, if the
worker shows by answering a command that it is not stuck.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SKEW_MS = 100
"""By how much two lines may be logged in another order than their ends: threads take turns at the
ring's lock."""

SILENCE_MS = 250
"""Without a byte for so long, nothing is under way from a worker that runs."""


@dataclass(frozen=True, slots=True)
class WorkerReading:
    """What is known of one worker's lines. All times in milliseconds since 1970.

    Attributes:
        pid: the worker.
        is_connected: whether its lines reach the agent at all.
        last_line_ended: when the last line that was counted had ended; 0 if none came.
        last_received: when bytes last came, or the connection was opened.
        has_more: bytes were received that are not counted yet.
        answered: when the last command that it answered was sent; 0 if none was.
    """

    pid: int
    is_connected: bool
    last_line_ended: int
    last_received: int
    has_more: bool
    answered: int


def complete_until(workers: Iterable[WorkerReading], now: int) -> int:
    """Return until when every line has been counted.

    Args:
        workers: every worker that may still log something.
        now: the present time.

    Returns:
        Milliseconds since 1970; 0 where nothing is known of a worker. It may be less than an
        earlier answer, which then still holds. With no worker at all it is close to `now`: nobody
        can log.
    """
    readings = [_read_until(worker, now) for worker in workers]
    return max(0, min(readings, default=now - SILENCE_MS))


def _read_until(worker: WorkerReading, now: int) -> int:
    if not worker.is_connected:
        return 0
    by_line = worker.last_line_ended - SKEW_MS
    if worker.has_more or now - worker.last_received < SILENCE_MS:
        return by_line
    return max(by_line, min(now, worker.answered) - SILENCE_MS)
