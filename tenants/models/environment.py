"""The environment: a tenant's second namespace, usually a stage of its pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from tenants.domain.placement import placement_of
from tenants.models.life import LifeState, Living
from tenants.models.organisation import Organisation
from tenants.names import validate_label

if TYPE_CHECKING:
    from tenants.models.user import User


class Stage(models.TextChoices):
    """What an environment is for; decides its colour on the screens."""

    DEVELOPMENT = "development"
    TEST = "test"
    ACCEPTANCE = "acceptance"
    PRODUCTION = "production"


class EnvironmentQuerySet(models.QuerySet["Environment"]):
    """Environments, narrowed by who asks."""

    def visible_to(self, user: User) -> EnvironmentQuerySet:
        """Return the environments of the organisations that `user` may know of."""
        if not user.is_active:
            return self.none()
        if user.is_platform_administrator:
            return self
        return self.filter(organisation_id=user.organisation_id or 0)

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
    kv_url = models.CharField("key-value store", max_length=255, blank=True)
    metrics_url = models.CharField("metrics store", max_length=255, blank=True)
    events_url = models.CharField("event stream", max_length=255, blank=True)
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

    @property
    def path(self) -> str:
        """``organisation/environment``, as it is written everywhere."""
        return str(self)

    @property
    def names(self) -> dict[str, str]:
        """The fields of a log line about it, the same as those of a request's context."""
        return {"organisation": self.organisation.name, "environment": self.name}
