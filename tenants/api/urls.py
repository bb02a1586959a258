"""Addresses of the API of `tenants`."""

from django.urls import URLPattern, URLResolver, include, path

from tenants.api import openapi as openapi
from tenants.api.audit import EnvironmentAudit, OrganisationAudit
from tenants.api.environments import EnvironmentDetail, Environments
from tenants.api.events import DeadLetters, Events
from tenants.api.locks import InstallationLock, InstallationLocks, LockDetail, Locks
from tenants.api.organisations import OrganisationDetail, Organisations
from tenants.api.passwords import (
    MyPassword,
    OrganisationSalt,
    UserActivity,
    UserFactors,
    UserPassword,
)
from tenants.api.people import Me, Users
from tenants.api.secrets import (
    EnvironmentSecret,
    EnvironmentSecrets,
    OrganisationSecret,
    OrganisationSecrets,
)
from tenants.api.sessions import MySession, MySessions, UserSessionDetail, UserSessions
from tenants.api.sign_in import SignIn, SingleSignOn
from tenants.api.stream import EventsStream
from tenants.api.tokens import TokenDetail, Tokens

_environment = [
    path("audit", EnvironmentAudit.as_view(), name="api-audit"),
    path("dead-letters", DeadLetters.as_view(), name="api-dead-letters"),
    path("events", Events.as_view(), name="api-events"),
    path("events/stream", EventsStream.as_view(), name="api-events-stream"),
    path("secrets", EnvironmentSecrets.as_view(), name="api-secrets"),
    path("secrets/<str:secret>", EnvironmentSecret.as_view(), name="api-secret"),
]

_organisation: list[URLPattern | URLResolver] = [
    path("audit", OrganisationAudit.as_view(), name="api-organisation-audit"),
    path("environments", Environments.as_view(), name="api-environments"),
    path("environments/<str:environment>", EnvironmentDetail.as_view(), name="api-environment"),
    path("environments/<str:environment>/", include(_environment)),
    path("locks", Locks.as_view(), name="api-locks"),
    path("locks/<int:lock>", LockDetail.as_view(), name="api-lock"),
    path("salt", OrganisationSalt.as_view(), name="api-salt"),
    path("secrets", OrganisationSecrets.as_view(), name="api-organisation-secrets"),
    path("secrets/<str:secret>", OrganisationSecret.as_view(), name="api-organisation-secret"),
    path("sign-in", SignIn.as_view(), name="api-sign-in"),
    path("single-sign-on", SingleSignOn.as_view(), name="api-single-sign-on"),
    path("tokens", Tokens.as_view(), name="api-tokens"),
    path("tokens/<str:token>", TokenDetail.as_view(), name="api-token"),
    path("users", Users.as_view(), name="api-users"),
    path("users/<str:user>/active", UserActivity.as_view(), name="api-user-active"),
    path("users/<str:user>/password", UserPassword.as_view(), name="api-user-password"),
    path("users/<str:user>/second-factors", UserFactors.as_view(), name="api-user-factors"),
    path("users/<str:user>/sessions", UserSessions.as_view(), name="api-user-sessions"),
    path(
        "users/<str:user>/sessions/<str:session>",
        UserSessionDetail.as_view(),
        name="api-user-session",
    ),
]

urlpatterns = [
    path("locks", InstallationLocks.as_view(), name="api-installation-locks"),
    path("locks/<int:lock>", InstallationLock.as_view(), name="api-installation-lock"),
    path("me", Me.as_view(), name="api-me"),
    path("me/password", MyPassword.as_view(), name="api-my-password"),
    path("me/sessions", MySessions.as_view(), name="api-my-sessions"),
    path("me/sessions/<str:session>", MySession.as_view(), name="api-my-session"),
    path("organisations", Organisations.as_view(), name="api-organisations"),
    path("organisations/<str:organisation>", OrganisationDetail.as_view(), name="api-organisation"),
    path("organisations/<str:organisation>/", include(_organisation)),
]
