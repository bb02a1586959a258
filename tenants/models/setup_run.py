"""The set-up of an environment: how far its last run came."""

from __future__ import annotations

from django.db import models


class SetupRun(models.Model):
    """The last run of the set-up of one environment.

    Whether a step is done is asked of the systems themselves; this holds what a run cannot ask
    again: which step is at work, and what went wrong in it.

    Attributes:
        environment_id: of the environment, in the default database; no foreign key, for the rows of
            environments are mirrored.
        number: counts the runs, so that a message that comes twice starts one.
        steps: name of a step → ``{"state", "message", "hint"}``, for those that this run came to.
    """

    environment_id = models.BigIntegerField(primary_key=True)
    number = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=191)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    steps = models.JSONField(default=dict)

    class Meta:
        verbose_name = "set-up of an environment"
        verbose_name_plural = "set-ups of environments"

    def __str__(self) -> str:
        return f"{self.environment_id}/{self.number}"

    @property
    def is_under_way(self) -> bool:
        """It was asked for and has not ended."""
        return self.ended_at is None
