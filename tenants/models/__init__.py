"""Organisations, environments, users, tokens, and rights on the first two."""

from tenants.models.environment import Environment, EnvironmentQuerySet, Stage
from tenants.models.organisation import Organisation
from tenants.models.rights import (
    EnvironmentGroupRight,
    EnvironmentUserRight,
    OrganisationGroupRight,
    OrganisationUserRight,
)
from tenants.models.storage import (
    DatabaseState,
    DedicatedDatabase,
    MoveState,
    NumberRange,
    StorageMove,
    StoreKind,
)
from tenants.models.token import ApiToken
from tenants.models.user import User

__all__ = [
    "ApiToken",
    "DatabaseState",
    "DedicatedDatabase",
    "Environment",
    "EnvironmentGroupRight",
    "EnvironmentQuerySet",
    "EnvironmentUserRight",
    "MoveState",
    "NumberRange",
    "Organisation",
    "OrganisationGroupRight",
    "OrganisationUserRight",
    "Stage",
    "StorageMove",
    "StoreKind",
    "User",
]
