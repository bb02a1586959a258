"""Organisations, environments, users, tokens, rights on the first two, and how their set-up is."""

from tenants.models.connection_result import ConnectionResult
from tenants.models.environment import Environment, EnvironmentQuerySet, Stage
from tenants.models.organisation import Organisation
from tenants.models.rights import (
    EnvironmentGroupRight,
    EnvironmentUserRight,
    OrganisationGroupRight,
    OrganisationUserRight,
)
from tenants.models.setup_run import SetupRun
from tenants.models.token import ApiToken
from tenants.models.user import User

__all__ = [
    "ApiToken",
    "ConnectionResult",
    "Environment",
    "EnvironmentGroupRight",
    "EnvironmentQuerySet",
    "EnvironmentUserRight",
    "Organisation",
    "OrganisationGroupRight",
    "OrganisationUserRight",
    "SetupRun",
    "Stage",
    "User",
]
