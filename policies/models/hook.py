"""Calls to hooks, and how they went."""

from __future__ import annotations

from django.db import models

from policies.models.release import Release
from tenants.models.owned import EnvironmentOwned, OwnedQuerySet


class HookDelivery(EnvironmentOwned):
    """One call that a release owes to one hook.

    Attributes:
        key: the effect's deterministic id; the same effect repeated makes no second row.
        attempts: calls made so far; next_at: when the next is due, None once it is over.
        answer: status or error of the last call, fit to show.
    """

    release = models.ForeignKey(Release, models.CASCADE, related_name="hooks")
    key = models.CharField(max_length=191)
    event = models.CharField(max_length=31)
    url = models.TextField()
    request = models.JSONField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_index=True)
    delivered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = "hook delivery"
        verbose_name_plural = "hook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["release", "key"], name="hook_delivery_once")
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.url}"
