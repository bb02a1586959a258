"""The outbox: events written in the transaction of the change that they speak of."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q

from vamp.databases import ExplicitDatabase


def about(names: Iterable[str]) -> Q:
    """Return the condition of events with one of these names, of whichever tenant; of all for none.

    Args:
        names: ``<app>.<thing>.<past participle>``.
    """
    found = Q()
    for what in sorted(names):
        found |= Q(subject__endswith=f".{what}")
    return found


class OutboxEvent(ExplicitDatabase):
    """One event, in the same database as the rows that changed.

    The row's id says nothing about order: on MySQL, id 5 may commit after a reader has passed 6.
    The relay gives every committed row a `position`; cursors and replays use that.
    """

    id = models.BigAutoField(primary_key=True)
    position = models.BigIntegerField(null=True, unique=True, editable=False)
    subject = models.CharField(max_length=255)
    organisation = models.CharField(max_length=63)
    environment = models.CharField(max_length=63, blank=True, default="")
    payload = models.JSONField(default=dict)
    emitted_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            models.Index(
                fields=["organisation", "environment", "position"], name="outbox_scope_position"
            ),
            models.Index(fields=["organisation", "emitted_at"], name="outbox_organisation_emitted"),
            models.Index(
                fields=["organisation", "environment", "emitted_at"],
                name="outbox_environment_emitted",
            ),
        ]
        verbose_name = "event"

    def __str__(self) -> str:
        return f"{self.subject} #{self.position or '–'}"


class StreamCursor(ExplicitDatabase):
    """How far a consumer of the embedded stream has come in this database.

    Attributes:
        position: everything at or before it is done.
        done: positions after `position` that are done already, ascending; kept small.
        in_flight: what was handed out and is not done, as lists of position, when to hand it out
            again (milliseconds since 1970) and how often it was handed out; kept small.
    """

    consumer = models.CharField(max_length=160, primary_key=True)
    position = models.BigIntegerField(default=0)
    done = models.JSONField(default=list)
    in_flight = models.JSONField(default=list)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "stream cursor"

    def __str__(self) -> str:
        return f"{self.consumer} at {self.position}"


class DeadLetter(ExplicitDatabase):
    """An event that a consumer could not work off for good. Shown in the UI; may be sent again."""

    consumer = models.CharField(max_length=127)
    event_id = models.CharField(max_length=127)
    subject = models.CharField(max_length=255)
    organisation = models.CharField(max_length=63)
    environment = models.CharField(max_length=63, blank=True, default="")
    payload = models.JSONField(default=dict)
    error = models.TextField()
    rejected_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-rejected_at"]
        constraints = [
            models.UniqueConstraint(fields=["consumer", "event_id"], name="dead_letter_once"),
        ]
        verbose_name = "dead letter"

    def __str__(self) -> str:
        return f"{self.subject} for {self.consumer}"
