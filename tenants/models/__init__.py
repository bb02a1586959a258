"""Organisations, environments, users, how these sign in, tokens, and rights on the first two."""

from tenants.models.environment import Environment, EnvironmentQuerySet, Stage
from tenants.models.failures import SignInFailures
from tenants.models.organisation import Organisation
from tenants.models.rights import (
    EnvironmentGroupRight,
    EnvironmentUserRight,
    OrganisationGroupRight,
    OrganisationUserRight,
)
from tenants.models.session import UserSession
from tenants.models.sign_in import (
    IdentityProvider,
    SecondFactorFor,
    SignInPolicy,
    SsoGroupMapping,
)
from tenants.models.token import ApiToken
from tenants.models.user import User

__all__ = [
    "ApiToken",
    "Environment",
    "EnvironmentGroupRight",
    "EnvironmentQuerySet",
    "EnvironmentUserRight",
    "IdentityProvider",
    "Organisation",
    "OrganisationGroupRight",
    "OrganisationUserRight",
    "SecondFactorFor",
    "SignInFailures",
    "SignInPolicy",
    "SsoGroupMapping",
    "Stage",
    "User",
    "UserSession",
]
