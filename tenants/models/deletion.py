"""Deletions of organisations and environments: how far each is, and afterwards what went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from tenants.models.user import User


class DeletionQuerySet(models.QuerySet["Deletion"]):
    """Deletions, narrowed by who asks."""

    def visible_to(self, user: User) -> DeletionQuerySet:
        """Return those of `user`'s organisation, or all for a platform administrator."""
        if not user.is_active:
            return self.none()
        if user.is_platform_administrator:
            return self
        own = user.organisation.name if user.organisation else ""
        return self.filter(organisation=own)

    def running(self) -> DeletionQuerySet:
        """Return those that are not over."""
        return self.filter(finished_at=None)


class Deletion(models.Model):
    """One deletion. It outlives what it deletes, so it names that and does not refer to it.

    Attributes:
        row_id: id of the organisation's or environment's row.
        running: ``environment/<id>`` while it is not over, then None: unique, so that there is one
            at a time (a conditional constraint would be lost on MySQL).
        preview: what there was when it was asked for; kind → how many.
        steps_done: names of the steps that are over, in their order.
        steps_skipped: names of the steps that a person took out, for their store is gone for good.
        step: the present one; done: of `total` in it; 0 of 0 where that is not known.
        waits_for: why it does not go on; empty while it does.
        remains: what Vamp cannot take back, a sentence each.
    """

    organisation = models.CharField(max_length=63)
    environment = models.CharField(max_length=63, blank=True, default="")
    row_id = models.BigIntegerField()
    database = models.CharField(max_length=63)
    running = models.CharField(max_length=63, null=True, unique=True)  # noqa: DJ001 see above
    requested_by = models.CharField(max_length=191)
    requested_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    preview = models.JSONField(default=dict)
    steps_done = models.JSONField(default=list)
    steps_skipped = models.JSONField(default=list)
    step = models.CharField(max_length=31, blank=True, default="")
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    waits_for = models.TextField(blank=True, default="")
    remains = models.JSONField(default=list)

    objects = DeletionQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-id"]
        indexes = [models.Index(fields=["organisation", "environment"], name="deletion_scope")]

    def __str__(self) -> str:
        return f"deletion of {self.path}"

    @property
    def path(self) -> str:
        """What is deleted, as it is written everywhere."""
        return f"{self.organisation}/{self.environment}" if self.environment else self.organisation
