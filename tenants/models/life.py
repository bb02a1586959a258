"""The life of an organisation or environment: active, archived, or on its way out."""

from __future__ import annotations

from django.db import models


class LifeState(models.TextChoices):
    """What may be done to an organisation or environment."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETING = "deleting", "being deleted"


class Living(models.Model):
    """Base of what can be archived and deleted.

    Attributes:
        state: see `LifeState`; environments of an archived organisation keep their own.
        state_at: since when; None where it was never archived.
        state_by: login of who asked for it.
    """

    state = models.CharField(
        max_length=15, choices=LifeState.choices, default=LifeState.ACTIVE, editable=False
    )
    state_at = models.DateTimeField(null=True, editable=False)
    state_by = models.CharField(max_length=191, blank=True, default="", editable=False)

    class Meta:
        abstract = True
