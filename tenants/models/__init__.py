"""Organisations, environments, their deletions, users, tokens, and rights on the first two."""

from tenants.models.deletion import Deletion
from tenants.models.environment import Environment, EnvironmentQuerySet, Stage
from tenants.models.life import LifeState
from tenants.models.organisation import Organisation
from tenants.models.rights import (
    EnvironmentGroupRight,
    EnvironmentUserRight,
    OrganisationGroupRight,
    OrganisationUserRight,
)
from tenants.models.token import ApiToken
from tenants.models.user import User

__all__ = [
    "ApiToken",
    "Deletion",
    "Environment",
    "EnvironmentGroupRight",
    "EnvironmentQuerySet",
    "EnvironmentUserRight",
    "LifeState",
    "Organisation",
    "OrganisationGroupRight",
    "OrganisationUserRight",
    "Stage",
    "User",
]
