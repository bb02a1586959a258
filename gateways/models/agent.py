"""Agents, as they last reported."""

from __future__ import annotations

from django.db import models

from tenants.models.owned import EnvironmentOwned, OwnedQuerySet


class Agent(EnvironmentOwned):
    """One VGA of an environment, made by its first report.

    Attributes:
        boot: changes with every start of the agent.
        complete_until: every request that ended before this is in a stored rollup.
        dropped: log lines known to be lost since the boot; dropped_at: when it last rose.
        faults: what the agent could not do: [{"gateway", "message", "since"}].
    """

    name = models.CharField(max_length=63)
    address = models.CharField(max_length=255, blank=True)
    boot = models.CharField(max_length=63)
    version = models.CharField(max_length=31, blank=True)
    haproxy_version = models.CharField(max_length=63, blank=True)
    started_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    complete_until = models.DateTimeField(null=True)
    dropped = models.PositiveBigIntegerField(default=0)
    dropped_at = models.DateTimeField(null=True)
    reloads = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "name"], name="agent_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class AppliedGeneration(EnvironmentOwned):
    """The generation of one gateway that one agent serves."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="applied")
    gateway = models.CharField(max_length=63)
    generation = models.PositiveBigIntegerField()
    applied_at = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["gateway"]
        verbose_name = "applied generation"
        constraints = [
            models.UniqueConstraint(fields=["agent", "gateway"], name="applied_once"),
        ]
        indexes = [
            models.Index(fields=["environment", "gateway"], name="applied_gateway"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} at {self.generation}"
