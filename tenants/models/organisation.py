"""The organisation: a tenant's first namespace."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models

from tenants.models.life import LifeState, Living
from tenants.models.visible import VisibleQuerySet
from tenants.names import validate_label


class OrganisationQuerySet(VisibleQuerySet["Organisation"]):
    """Organisations, narrowed by who asks."""

    owner: ClassVar[str] = "pk"

    def active(self) -> OrganisationQuerySet:
        """Return those that are neither archived nor being deleted."""
        return self.filter(state=LifeState.ACTIVE)


def _most(what: str) -> models.PositiveIntegerField[int, int]:
    return models.PositiveIntegerField(
        f"most {what}", default=0, help_text=f"How many {what} there may be; 0 for any number."
    )


class Organisation(Living):
    """One tenant. Holds what its environments share: people, rights, default stores.

    A store's URL that is empty means the installation's store. Secrets of a store never stand in
    its URL here: they lie in the key-value store.

    Attributes:
        access_generation: rises with every change of who may do what; what processes remember of
            that is of one generation.
        environment_defaults: what new environments begin with, see
            `tenants.domain.defaults.EnvironmentDefaults`.
        most_environments: quota, 0 for any number; so are the other two. Gateways and releases are
            counted over all of its environments.
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
    default_database = models.CharField(
        max_length=63,
        blank=True,
        help_text="Where the rows of new environments lie; empty: the installation's.",
    )
    kv_url = models.CharField("key-value store", max_length=255, blank=True)
    metrics_url = models.CharField("metrics store", max_length=255, blank=True)
    events_url = models.CharField("event stream", max_length=255, blank=True)
    access_generation = models.PositiveBigIntegerField(default=1, editable=False)
    audit_retention_days = models.PositiveIntegerField(
        "audit trail kept for",
        default=0,
        blank=True,
        validators=[MaxValueValidator(36_500)],
        help_text="Days after which entries of the audit trail are forgotten; 0 keeps them for ever.",
    )
    environment_defaults = models.JSONField(
        "defaults of environments",
        default=dict,
        blank=True,
        help_text="What a new environment begins with; copied when it is made.",
    )
    most_environments = _most("environments")
    most_gateways = _most("gateways")
    most_releases = _most("releases at once")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """True where it is neither archived nor being deleted."""
        return self.state == LifeState.ACTIVE

    @property
    def path(self) -> str:
        """Its name, as an environment's path begins."""
        return self.name
