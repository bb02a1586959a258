"""Which rows somebody may know of: those of their own organisation."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model, covariant=True)


class Asker(Protocol):
    """Who asks: a person or a program, as far as rows need to know."""

    @property
    def is_active(self) -> bool:
        """Whether they may do anything."""

    @property
    def is_platform_administrator(self) -> bool:
        """Whether they look after the installation, and belong to no organisation."""

    @property
    def organisation_id(self) -> int | None:
        """Id of the organisation that they belong to."""


class VisibleQuerySet(models.QuerySet[Row]):
    """Rows of organisations, narrowed by who asks.

    Attributes:
        owner: the field with the id of the organisation that a row belongs to.
    """

    owner: ClassVar[str] = "organisation_id"

    def visible_to(self, user: Asker) -> Self:
        """Return the rows of `user`'s organisation, or all for a platform administrator."""
        if not user.is_active:
            return self.none()
        if user.is_platform_administrator:
            return self
        return self.filter(**{self.owner: user.organisation_id or 0})
