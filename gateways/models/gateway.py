"""The gateway: an entry point that splits traffic over its routes."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from tenants.models.owned import EnvironmentOwned, OwnedQuerySet
from tenants.names import validate_label


class Protocol(models.TextChoices):
    """What a gateway understands of its traffic."""

    HTTP = "http"
    TCP = "tcp"


class GatewayQuerySet(OwnedQuerySet["Gateway"]):
    """Gateways of an environment."""

    def stale(self) -> Self:
        """Return those whose published part is older than their definition."""
        return self.filter(published_generation__lt=F("generation"))

    def present(self) -> Self:
        """Return those that nobody has asked to remove."""
        return self.filter(is_removed=False)


class Gateway(EnvironmentOwned):
    """An entry point of one environment: hosts on its shared port, or a port of its own.

    Three numbers say whether it is live. `generation` rises with everything that agents must
    hear of, instances included; `published_generation` follows once the key-value store holds the
    matching part; each agent reports the generation that it serves. `revision` rises only with
    what people and the Release Agent change, and is what ``ETag`` and ``If-Match`` carry.

    Attributes:
        options: stickiness, balance, time-outs, retries and limits, as in the document.
        layout: ranges of buckets over routes; the memory that keeps users where they are.
        is_removed: asked to go; the row goes once the key-value store no longer holds its part.
    """

    name = models.CharField(
        max_length=63, validators=[validate_label], help_text="DNS label, fixed once created."
    )
    title = models.CharField(max_length=127, blank=True)
    protocol = models.CharField(max_length=4, choices=Protocol.choices, default=Protocol.HTTP)
    port = models.PositiveIntegerField(null=True, blank=True)
    options = models.JSONField(default=dict, blank=True)
    selector = models.TextField(blank=True)
    policy = models.CharField(
        max_length=63, blank=True, help_text="Release policy for new versions."
    )
    metadata = models.JSONField(default=dict, blank=True)
    layout = models.JSONField(default=list, editable=False)
    revision = models.PositiveBigIntegerField(default=1, editable=False)
    generation = models.PositiveBigIntegerField(default=1, editable=False)
    published_generation = models.PositiveBigIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True, editable=False)
    is_removed = models.BooleanField(default=False, editable=False)

    objects = GatewayQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "name"], name="gateway_name_once"),
            models.UniqueConstraint(fields=["environment", "port"], name="gateway_port_once"),
            models.CheckConstraint(
                condition=Q(port=None) | Q(port__range=(1, 65_535)), name="gateway_port_valid"
            ),
        ]
        indexes = [
            models.Index(fields=["published_generation", "generation"], name="gateway_stale"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_published(self) -> bool:
        """True where the key-value store holds the newest generation."""
        return self.published_generation >= self.generation


class GatewayHost(EnvironmentOwned):
    """A host that a gateway answers to on the shared port; each belongs to one gateway.

    Attributes:
        host: ``shop.example.com``, ``*.example.com``, or either with a path prefix.
    """

    gateway = models.ForeignKey(Gateway, models.CASCADE, related_name="hosts")
    host = models.CharField(max_length=255)
    position = models.PositiveSmallIntegerField(default=0)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        verbose_name = "host"
        constraints = [
            models.UniqueConstraint(fields=["environment", "host"], name="gateway_host_once")
        ]

    def __str__(self) -> str:
        return self.host
