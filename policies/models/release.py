"""Releases: one policy version at work on one gateway, with all that was measured and decided."""

from __future__ import annotations

from typing import Self

from django.db import models

from gateways.models import Gateway
from policies.models.policy import PolicyVersion
from tenants.models.owned import EnvironmentOwned, OwnedQuerySet


class ReleaseQuerySet(OwnedQuerySet["Release"]):
    """Releases of an environment."""

    def active(self) -> Self:
        """Return those that have not ended."""
        return self.filter(active=True)


class Release(EnvironmentOwned):
    """A new version on its way onto a gateway's traffic.

    Attributes:
        number: counts the releases of the gateway from 1.
        source, target: names of the routes; source_version, target_version: what they led to.
        status: word of the machine's state, for lists; `state` is the machine's whole memory.
        state_version: rises with every persisted step; the tick that writes checks it.
        evidence: condition → what its present window still lacks, in words; empty where nothing does.
        active: True until it ends, then None: a unique pair with the gateway, so that a gateway has
            at most one active release (a conditional constraint would be lost on MySQL).
        weights_generation: generation of the gateway that carries the split last asked for; an agent
            that serves it or a later one serves that split.
    """

    gateway = models.ForeignKey(Gateway, models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="releases")
    source = models.CharField(max_length=63)
    target = models.CharField(max_length=63)
    source_version = models.CharField(max_length=63, blank=True)
    target_version = models.CharField(max_length=63, blank=True)
    service = models.CharField(max_length=63, blank=True)
    status = models.CharField(max_length=31)
    step = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField(blank=True)
    state = models.JSONField()
    state_version = models.PositiveBigIntegerField(default=1)
    weights_generation = models.PositiveBigIntegerField(default=0)
    evidence = models.JSONField(default=dict)
    active = models.BooleanField(null=True, default=True, editable=False)
    started_by = models.CharField(max_length=191)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "number"], name="release_number_once"),
            models.UniqueConstraint(fields=["gateway", "active"], name="release_one_active"),
        ]
        indexes = [
            models.Index(fields=["environment", "active"], name="release_active"),
        ]

    def __str__(self) -> str:
        source, target = self.source_version or self.source, self.target_version or self.target
        return f"{self.gateway.name} #{self.number}: {source} → {target}"


class Evaluation(EnvironmentOwned):
    """One condition judged over one window."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="evaluations")
    step = models.PositiveSmallIntegerField()
    condition = models.CharField(max_length=127)
    metric = models.CharField(max_length=63)
    verdict = models.CharField(max_length=15)
    value = models.FloatField(null=True)
    baseline = models.FloatField(null=True)
    samples = models.PositiveBigIntegerField(default=0)
    sentence = models.TextField()
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    at = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["release", "step", "condition", "at"], name="evaluation_series")
        ]

    def __str__(self) -> str:
        return f"{self.condition}: {self.verdict}"


class Decision(EnvironmentOwned):
    """One line of a release's decision log."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="decisions")
    at = models.DateTimeField()
    status = models.CharField(max_length=31)
    step = models.PositiveSmallIntegerField()
    actor = models.CharField(max_length=191)
    sentence = models.TextField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.sentence
