"""Tasks that fail, and tasks that end their worker: noted, shown, and in the second case stopped.

A task that raises is not tried again by itself: whatever it was to do, a sweep asks for again. It
is noted with its error. A task whose worker ended gets no such chance to speak: the broker hands
its message out again, marked. One that comes back `MOST_DELIVERIES` times is put aside, so that it
does not end one worker after another.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery import Task

from vamp.databases import DEFAULT

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from vamp.models import DeadTask

log = logging.getLogger("vamp.tasks")

MOST_DELIVERIES = 3
"""A message that no worker finished so often, after the first time, is put aside."""

PUT_ASIDE = "its worker ended each time while it was at it"
ERROR_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Message:
    """What the broker handed out.

    Attributes:
        id: of the message, the same each time that it is handed out.
        task: name of the task.
        args, kwargs: its arguments, JSON.
        queue: that it came from.
    """

    id: str
    task: str
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    queue: str = ""

    @property
    def key(self) -> str:
        """What stands for the task and its arguments."""
        return key_of(self.task, self.args, self.kwargs)


def key_of(task: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """Return 32 hexadecimal digits that stand for a task and its arguments."""
    text = json.dumps([task, list(args), dict(kwargs)], sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class GuardedTask(Task):  # type: ignore[type-arg]  # generic in its stubs alone
    """The base of every task."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task; a worker's message is looked at first, and what it raises is noted."""
        if self.request.called_directly:
            return super().__call__(*args, **kwargs)
        place: Mapping[str, Any] = self.request.delivery_info or {}
        queue = str(place.get("routing_key") or "")
        message = Message(str(self.request.id), self.name, args, kwargs, queue)
        is_back = bool(place.get("redelivered"))
        if is_back and not may_run(message):
            return None
        try:
            result = self.run(*args, **kwargs)
        except Exception as error:
            note_failure(message, error)
            raise
        if is_back:
            note_success(message)
        return result


def may_run(message: Message) -> bool:
    """Count a delivery of a message that was handed out before, and say whether to try it again.

    Raises:
        DatabaseError: the default database does not answer; then nothing could be done anyway.
    """
    row = _row_of(message)
    if row.task_id == message.id:
        row.deliveries += 1
    else:
        row.task_id, row.deliveries = message.id, 1
    row.is_put_aside = row.deliveries >= MOST_DELIVERIES
    if row.is_put_aside:
        row.error = PUT_ASIDE
        log.error("task.put_aside", extra={"task": message.task, "task_id": message.id})
    _save(row)
    return not row.is_put_aside


def note_failure(message: Message, error: Exception) -> None:
    """Keep what a task raised, unless it is something that passes by itself. Raises nothing."""
    from django.db import DatabaseError

    from vamp.contention import is_passing

    if is_passing(error):
        return
    try:
        row = _row_of(message)
        row.task_id, row.failures = message.id, row.failures + 1
        row.error = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
        _save(row)
    except DatabaseError:
        log.exception("task.not_noted", extra={"task": message.task, "task_id": message.id})


def note_success(message: Message) -> None:
    """Forget that a message came back: it is done."""
    _rows().filter(key=message.key, task_id=message.id, failures=0).delete()


def send_again(row: DeadTask, *, actor: str) -> str:
    """Queue the task anew and forget the row; return the id of the new message.

    Args:
        row: the task.
        actor: who does it, for the audit trail.

    Raises:
        kombu.exceptions.OperationalError: the broker does not answer; the row stays.
    """
    from vamp.celery import app

    sent = app.send_task(row.task, args=row.args, kwargs=row.kwargs, queue=row.queue or None)
    _forget(row, "task.sent_again", actor)
    return str(sent.id)


def drop(row: DeadTask, *, actor: str) -> None:
    """Forget the row; nothing is done again. See `send_again`."""
    _forget(row, "task.dropped", actor)


def _forget(row: DeadTask, verb: str, actor: str) -> None:
    from django.db import transaction

    from vamp import audit

    before = {"args": row.args, "kwargs": row.kwargs, "queue": row.queue, "error": row.error}
    with transaction.atomic(using=DEFAULT):
        row.delete(using=DEFAULT)
        audit.record(
            actor, verb, "task", row.task, using=DEFAULT, organisation="", before=before
        )  # fmt: skip


def _rows() -> QuerySet[DeadTask]:
    from vamp.models import DeadTask

    return DeadTask.objects.using(DEFAULT)


def _row_of(message: Message) -> DeadTask:
    from django.utils import timezone

    row, _ = _rows().get_or_create(
        key=message.key,
        defaults={
            "task": message.task,
            "args": list(message.args),
            "kwargs": dict(message.kwargs),
            "task_id": message.id,
            "last_at": timezone.now(),
        },
    )
    row.queue, row.last_at = message.queue, timezone.now()
    return row


def _save(row: DeadTask) -> None:
    row.save(
        using=DEFAULT,
        update_fields=[
            "task_id", "queue", "failures", "deliveries", "is_put_aside", "error", "last_at",
        ],
    )  # fmt: skip
