"""Release policies: named, with versions that never change."""

from __future__ import annotations

from django.db import models

from tenants.models.owned import EnvironmentOwned, OwnedQuerySet
from tenants.names import validate_label


class ReleasePolicy(EnvironmentOwned):
    """How new versions are released. What it says is in its versions; the newest one counts."""

    name = models.CharField(
        max_length=63, validators=[validate_label], help_text="DNS label, fixed once created."
    )
    title = models.CharField(max_length=127, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "release policies"
        constraints = [
            models.UniqueConstraint(fields=["environment", "name"], name="policy_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(EnvironmentOwned):
    """One version of a policy, immutable: releases keep referring to what they were started with."""

    policy = models.ForeignKey(ReleasePolicy, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=191)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = "policy version"
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.policy.name} v{self.number}"
