"""Whether an environment's rows follow its scheduler."""

from __future__ import annotations

from django.db import models

from tenants.models.owned import EnvironmentOwned, OwnedQuerySet


class Synchronisation(EnvironmentOwned):
    """One row an environment, written only when something about it changes.

    Attributes:
        is_in_sync: the last comparison succeeded and the watch runs.
        since: when `is_in_sync` last changed.
        error: why it is not in sync, fit to show; empty when it is.
        changed_at: when the scheduler last reported a change that was written to rows.
    """

    is_in_sync = models.BooleanField(default=False)
    since = models.DateTimeField()
    error = models.TextField(blank=True)
    changed_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["environment"], name="synchronisation_once")]

    def __str__(self) -> str:
        return "in sync" if self.is_in_sync else f"not in sync: {self.error}"
