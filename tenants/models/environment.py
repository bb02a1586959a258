"""The environment: a tenant's second namespace, usually a stage of its pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from django.db import models

from tenants.domain.placement import placement_of
from tenants.models.life import LifeState, Living
from tenants.models.organisation import Organisation
from tenants.models.visible import VisibleQuerySet
from tenants.names import validate_label
from vamp.dedicated import learnt


class Stage(models.TextChoices):
    """What an environment is for; decides its colour on the screens."""

    DEVELOPMENT = "development"
    TEST = "test"
    ACCEPTANCE = "acceptance"
    PRODUCTION = "production"


class EnvironmentQuerySet(VisibleQuerySet["Environment"]):
    """Environments, narrowed by who asks."""

    def active(self) -> EnvironmentQuerySet:
        """Return those that take changes: neither they nor their organisation is archived."""
        return self.filter(state=LifeState.ACTIVE, organisation__state=LifeState.ACTIVE)

    def kept(self) -> EnvironmentQuerySet:
        """Return those that nobody has asked to delete, archived ones included."""
        gone = LifeState.DELETING
        return self.exclude(state=gone).exclude(organisation__state=gone)


class Environment(Living):
    """Where services run and gateways serve, apart from every other environment.

    The row in the default database is the original; where `database` names another one, a mirror
    with the same id lies there, so that foreign keys hold.

    Attributes:
        placement: scheduler and namespace in one, None without a scheduler: unique, so that no two
            environments share a namespace (a conditional constraint would be lost on MySQL).
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="environments")
    name = models.CharField(
        max_length=63, validators=[validate_label], help_text="DNS label, fixed once created."
    )
    title = models.CharField(
        max_length=127, blank=True, help_text="Shown to people instead of the name."
    )
    stage = models.CharField(max_length=15, choices=Stage.choices, default=Stage.DEVELOPMENT)
    order = models.PositiveSmallIntegerField(
        default=0, help_text="Place in the pipeline; versions are promoted from low to high."
    )
    scheduler_url = models.CharField(
        "scheduler", max_length=255, blank=True, help_text="Such as local:/srv/vamp/services."
    )
    namespace = models.CharField(
        max_length=63,
        blank=True,
        help_text="Namespace in the scheduler's cluster, where it has any.",
    )
    # Null, not empty: any number of environments may have no scheduler.
    placement = models.CharField(max_length=320, null=True, unique=True, editable=False)  # noqa: DJ001
    service_label = models.CharField(
        max_length=127, default="app", help_text="Label whose value is the service's name."
    )
    version_label = models.CharField(
        max_length=127, default="version", help_text="Label whose value is the service's version."
    )
    shared_port = models.PositiveIntegerField(
        default=0, help_text="Port for gateways that have hosts; 0 takes the installation's."
    )
    database = models.CharField(
        max_length=63,
        default="default",
        editable=False,
        help_text="Where this environment's rows lie.",
    )
    former_databases = models.JSONField(
        default=list,
        editable=False,
        help_text="Where its events and audit trail up to its moves lie, oldest first.",
    )
    kv_url = models.CharField("key-value store", max_length=255, blank=True)
    kv_old_url = models.CharField(
        max_length=255,
        blank=True,
        editable=False,
        help_text="Kept in step with the key-value store until no agent reads it any more.",
    )
    metrics_url = models.CharField("metrics store", max_length=255, blank=True)
    events_url = models.CharField("event stream", max_length=255, blank=True)
    events_old_url = models.CharField(
        max_length=255,
        blank=True,
        editable=False,
        help_text="Still listened to, for what lay in it when the stream was changed.",
    )
    agent_keys_end_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When the agents' keys end that were before the present one.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EnvironmentQuerySet.as_manager()

    class Meta:
        ordering = ["organisation__name", "order", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="environment_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.name}/{self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with `placement` derived from scheduler and namespace."""
        self.set_placement()
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, "placement"}
        super().save(*args, **kwargs)

    def set_placement(self) -> None:
        """Derive `placement`; also needed before uniqueness is validated."""
        self.placement = placement_of(self.scheduler_url, self.namespace)

    @property
    def life(self) -> LifeState:
        """Its state, as its organisation's lets it be: there is no active one in an archived."""
        states = {self.state, self.organisation.state}
        for state in (LifeState.DELETING, LifeState.ARCHIVED):
            if state in states:
                return state
        return LifeState.ACTIVE

    @property
    def is_active(self) -> bool:
        """True where it takes changes."""
        return self.life == LifeState.ACTIVE

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any, **more: Any) -> Self:
        """Load a row, and see that this process knows the database that it names."""
        row = super().from_db(db, field_names, values, **more)
        if (database := vars(row).get("database")) is not None:
            learnt.meet(database)
        return row

    @property
    def databases(self) -> Sequence[str]:
        """Every database that may hold events and audit entries of it, the present one last."""
        return [*(each for each in self.former_databases if each != self.database), self.database]

    @property
    def path(self) -> str:
        """``organisation/environment``, as it is written everywhere."""
        return str(self)

    @property
    def names(self) -> dict[str, str]:
        """The fields of a log line about it, the same as those of a request's context."""
        return {"organisation": self.organisation.name, "environment": self.name}
