"""Organisations, environments, their deletions, users, how these sign in, tokens, and who may do what."""

from tenants.models.connection_result import ConnectionResult
from tenants.models.deletion import Deletion
from tenants.models.environment import Environment, EnvironmentQuerySet, Stage
from tenants.models.events_key_end import EventsKeyEnd
from tenants.models.failures import SignInFailures
from tenants.models.life import LifeState
from tenants.models.organisation import Organisation
from tenants.models.role import Group, Role, RoleBinding
from tenants.models.session import UserSession
from tenants.models.setup_run import SetupRun
from tenants.models.sign_in import (
    IdentityProvider,
    SecondFactorFor,
    SignInPolicy,
    SsoGroupMapping,
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
    "ConnectionResult",
    "DatabaseState",
    "DedicatedDatabase",
    "Deletion",
    "Environment",
    "EnvironmentQuerySet",
    "EventsKeyEnd",
    "Group",
    "IdentityProvider",
    "LifeState",
    "MoveState",
    "NumberRange",
    "Organisation",
    "Role",
    "RoleBinding",
    "SecondFactorFor",
    "SetupRun",
    "SignInFailures",
    "SignInPolicy",
    "SsoGroupMapping",
    "Stage",
    "StorageMove",
    "StoreKind",
    "User",
    "UserSession",
]
