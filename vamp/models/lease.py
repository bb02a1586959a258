"""Leases: which process may do a thing that must be done once."""

from __future__ import annotations

from django.db import models

from vamp.databases import ExplicitDatabase


class Lease(ExplicitDatabase):
    """A right held by one process until `expires_at`. See `vamp.leases` for how it is taken.

    Attributes:
        fencing: rises with every change of holder; work that outlives its lease can be told.
    """

    name = models.CharField(max_length=191, primary_key=True)
    holder = models.CharField(max_length=191)
    fencing = models.BigIntegerField(default=1)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = "lease"

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder}"
