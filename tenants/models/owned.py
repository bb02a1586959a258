"""What every row of an environment has in common."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models

from tenants.models.environment import Environment
from vamp.databases import ExplicitDatabase

Row = TypeVar("Row", bound="EnvironmentOwned", covariant=True)


class OwnedQuerySet(models.QuerySet[Row]):
    """Rows of environments; nothing is read before one is named."""

    def in_environment(self, environment: Environment) -> Self:
        """Return the rows of `environment`, from the database where they lie."""
        return self.using(environment.database).filter(environment_id=environment.pk)


class EnvironmentOwned(ExplicitDatabase):
    """A row that belongs to one environment and lies in that environment's database."""

    environment = models.ForeignKey(Environment, models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    def save(self, *args: Any, using: str | None = None, **kwargs: Any) -> None:
        """Save in the environment's database."""
        super().save(*args, using=using or self._state.db or self.environment.database, **kwargs)
