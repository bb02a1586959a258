"""What the scheduler runs: services, their versions, and the instances of each."""

from __future__ import annotations

from django.db import models

from tenants.models.owned import EnvironmentOwned, OwnedQuerySet


class Service(EnvironmentOwned):
    """A set of instances that share a service label, discovered and never edited."""

    name = models.CharField(max_length=63)
    first_seen_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "name"], name="service_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class ServiceVersion(EnvironmentOwned):
    """The instances of a service that share a version label.

    Attributes:
        desired: instances that the scheduler was asked for.
        labels: labels of the workload; selectors look at them.
        is_present: does the scheduler still know it. A version that went away keeps its row, so
            that releases and charts can speak of it.
    """

    service = models.ForeignKey(Service, models.CASCADE, related_name="versions")
    name = models.CharField("version", max_length=63)
    desired = models.PositiveIntegerField(default=0)
    labels = models.JSONField(default=dict)
    is_present = models.BooleanField(default=True)
    first_seen_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["service__name", "name"]
        verbose_name = "service version"
        constraints = [
            models.UniqueConstraint(fields=["service", "name"], name="service_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.service.name} {self.name}"


class Instance(EnvironmentOwned):
    """One running copy of a version, as the scheduler sees it.

    Attributes:
        uid: the scheduler's identity of it.
        since: when readiness last changed.
        reason: why it is not ready, in a few words.
    """

    version = models.ForeignKey(ServiceVersion, models.CASCADE, related_name="instances")
    uid = models.CharField(max_length=191)
    host = models.CharField(max_length=255)
    port = models.PositiveIntegerField()
    is_ready = models.BooleanField(default=False)
    since = models.DateTimeField()
    restarts = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=255, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["uid"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "uid"], name="instance_uid_once")
        ]

    def __str__(self) -> str:
        return f"{self.uid} at {self.host}:{self.port}"
