"""Fences: what keeps writers from an environment's rows while these change their database."""

from __future__ import annotations

from django.db import models

from vamp.databases import ExplicitDatabase


class FenceState(models.IntegerChoices):
    """What the database lets through. The numbers stand in triggers: never change them."""

    OPEN = 0
    HELD = 1, "held for the end of a move"
    MOVED = 2, "moved to another database"
    CLEARING = 3, "moved, and being removed here"


class Fence(ExplicitDatabase):
    """Whether rows of one environment may be written in this database. See `vamp.fences`.

    There is one for each environment of a database, from the first move on: a writer shares its
    lock, so whoever closes it waits for those that are under way.

    Attributes:
        environment_id: the same number in every database.
        until: when a hold is expected to end; shown to those who are kept waiting.
    """

    environment_id = models.BigIntegerField(primary_key=True)
    organisation = models.CharField(max_length=63)
    environment = models.CharField(max_length=63)
    state = models.PositiveSmallIntegerField(choices=FenceState.choices, default=FenceState.OPEN)
    until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "fence"
        indexes = [models.Index(fields=["organisation", "environment"], name="fence_names")]

    def __str__(self) -> str:
        return f"{self.organisation}/{self.environment}: {FenceState(self.state).label}"
