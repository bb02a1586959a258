"""Object rights on organisations and environments, with direct foreign keys.

django-guardian finds these models by their relation and uses them instead of its generic rows.
"""

from __future__ import annotations

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from tenants.models.environment import Environment
from tenants.models.organisation import Organisation


class OrganisationUserRight(UserObjectPermissionBase):
    """A right of one user on one organisation."""

    content_object = models.ForeignKey(Organisation, models.CASCADE)


class OrganisationGroupRight(GroupObjectPermissionBase):
    """A right of one group on one organisation."""

    content_object = models.ForeignKey(Organisation, models.CASCADE)


class EnvironmentUserRight(UserObjectPermissionBase):
    """A right of one user on one environment."""

    content_object = models.ForeignKey(Environment, models.CASCADE)


class EnvironmentGroupRight(GroupObjectPermissionBase):
    """A right of one group on one environment."""

    content_object = models.ForeignKey(Environment, models.CASCADE)
