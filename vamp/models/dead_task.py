"""Tasks that fail, or that end their worker."""

from __future__ import annotations

from django.db import models

from vamp.databases import ExplicitDatabase


class DeadTask(ExplicitDatabase):
    """A task that could not be done, with what it was asked to do. Lies in the default database.

    One row for a task and its arguments, however often they fail.

    Attributes:
        key: stands for task and arguments; see `vamp.poison.key_of`.
        task_id: id of the message that failed last, as in the logs.
        queue: where it waited.
        failures: how often it raised something that nobody expected.
        deliveries: how often the broker handed that message out again, because no worker said
            that it was done.
        is_put_aside: the message is not tried any more.
        error: what it raised last, or why it was put aside; fit to show.
    """

    key = models.CharField(max_length=32, unique=True, editable=False)
    task = models.CharField(max_length=127)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    task_id = models.CharField(max_length=63)
    queue = models.CharField(max_length=63, blank=True)
    failures = models.PositiveIntegerField(default=0)
    deliveries = models.PositiveIntegerField(default=0)
    is_put_aside = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at"]
        verbose_name = "failed task"

    def __str__(self) -> str:
        return f"{self.task} {self.args}"
