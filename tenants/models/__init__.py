"""Organisations, environments, their deletions, users and tokens, and who may do what."""

from tenants.models.connection_result import ConnectionResult
from tenants.models.deletion import Deletion
from tenants.models.environment import Environment, EnvironmentQuerySet, Stage
from tenants.models.life import LifeState
from tenants.models.organisation import Organisation
from tenants.models.role import Group, Role, RoleBinding
from tenants.models.setup_run import SetupRun
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
    "ConnectionResult",
    "DatabaseState",
    "DedicatedDatabase",
    "Deletion",
    "Environment",
    "EnvironmentQuerySet",
    "Group",
    "LifeState",
    "MoveState",
    "NumberRange",
    "Organisation",
    "Role",
    "RoleBinding",
    "SetupRun",
    "Stage",
    "StorageMove",
    "StoreKind",
    "User",
]
