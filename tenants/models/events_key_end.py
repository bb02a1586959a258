"""What agents heard events with and shall hear no more: kept until the stream's server knows it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class EventsKeyEnd(models.Model):
    """A user of the event stream's server that has to be revoked there; the row goes once it is.

    Made in the transaction that ends or rotates the token. It outlives token, environment and
    organisation, so it names them and does not refer to them.

    Attributes:
        token_id: of the token whose agents were given the user; ids are not given again.
        token_name: for people.
        environment_id: whose agents they are.
        issued_until: what was made of the user by then is to end; None where its token is gone,
            and all of it ends.
        due_at: not before; a rotated token's grace is over then.
        tried_at: when the server was asked last; None for not yet.
        waits_for: why it is not done; empty before the first time.
    """

    token_id = models.BigIntegerField()
    token_name = models.CharField(max_length=127)
    organisation = models.CharField(max_length=63)
    environment = models.CharField(max_length=63)
    environment_id = models.BigIntegerField()
    issued_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_index=True)
    asked_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True)
    waits_for = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["pk"]
        verbose_name = "end of an events key"
        verbose_name_plural = "ends of events keys"
        indexes = [
            models.Index(fields=["organisation", "environment"], name="events_key_end_scope"),
            models.Index(fields=["token_id"], name="events_key_end_token"),
        ]

    def __str__(self) -> str:
        return f"{self.token_name} of {self.organisation}/{self.environment}"
