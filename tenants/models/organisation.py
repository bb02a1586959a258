"""The organisation: a tenant's first namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator
from django.db import models

from tenants.names import validate_label

if TYPE_CHECKING:
    from tenants.models.user import User


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Organisations, narrowed by who asks."""

    def visible_to(self, user: User) -> OrganisationQuerySet:
        """Return those that `user` may know of: their own, or all for a platform administrator."""
        if not user.is_active:
            return self.none()
        if user.is_platform_administrator:
            return self
        return self.filter(pk=user.organisation_id or 0)


class Organisation(models.Model):
    """One tenant. Holds what its environments share: people, rights, default stores.

    A store's URL that is empty means the installation's store. Secrets of a store never stand in
    its URL here: they lie in the key-value store.
    """

    name = models.CharField(
        max_length=63,
        unique=True,
        validators=[validate_label],
        help_text="DNS label, fixed once created.",
    )
    title = models.CharField(
        max_length=127, blank=True, help_text="Shown to people instead of the name."
    )
    kv_url = models.CharField("key-value store", max_length=255, blank=True)
    metrics_url = models.CharField("metrics store", max_length=255, blank=True)
    events_url = models.CharField("event stream", max_length=255, blank=True)
    audit_retention_days = models.PositiveIntegerField(
        "audit trail kept for",
        default=0,
        blank=True,
        validators=[MaxValueValidator(36_500)],
        help_text="Days after which entries of the audit trail are forgotten; 0 keeps them for ever.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Its name, as an environment's path begins."""
        return self.name
