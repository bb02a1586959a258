"""The route: one target of a gateway, with its share of the traffic."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from gateways.models.gateway import Gateway
from tenants.models.owned import EnvironmentOwned, OwnedQuerySet

WHOLE = 10_000
"""All traffic, in hundredths of a percent."""


class TargetKind(models.TextChoices):
    """What a route leads to."""

    SERVICE = "service", "service version"
    GATEWAY = "gateway", "another gateway"
    ADDRESSES = "addresses", "fixed addresses"


class Route(EnvironmentOwned):
    """Where a share of a gateway's traffic goes.

    Attributes:
        weight: share of the requests that no condition took, in hundredths of a percent.
        condition: requests that may go here before weights are asked; empty for none.
        strength: how much of what meets the condition goes here, in hundredths of a percent.
        priority: conditions of higher priority are asked first; ties by `position`.
        is_selected: made by the gateway's selector, and taken away by it.
    """

    gateway = models.ForeignKey(Gateway, models.CASCADE, related_name="routes")
    name = models.CharField(max_length=63)
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=9, choices=TargetKind.choices)
    service = models.CharField(max_length=63, blank=True)
    version = models.CharField(max_length=63, blank=True)
    target_gateway = models.CharField(max_length=63, blank=True)
    addresses = models.JSONField(default=list, blank=True)
    weight = models.PositiveSmallIntegerField(default=0)
    condition = models.TextField(blank=True)
    strength = models.PositiveSmallIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)
    is_selected = models.BooleanField(default=False, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "name"], name="route_name_once"),
            models.CheckConstraint(condition=Q(weight__lte=WHOLE), name="route_weight_valid"),
            models.CheckConstraint(condition=Q(strength__lte=WHOLE), name="route_strength_valid"),
        ]
        indexes = [
            models.Index(fields=["environment", "service", "version"], name="route_target"),
            models.Index(fields=["environment", "target_gateway"], name="route_nested"),
        ]

    def __str__(self) -> str:
        return self.name
