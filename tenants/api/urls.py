"""Addresses of the API of `tenants`."""

from django.urls import URLPattern, URLResolver, include, path

from tenants.api import openapi as openapi
from tenants.api.agent_key import AgentKey
from tenants.api.audit import EnvironmentAudit, InstallationAudit, OrganisationAudit
from tenants.api.audit_export import (
    EnvironmentAuditExport,
    InstallationAuditExport,
    OrganisationAuditExport,
)
from tenants.api.bindings import BindingDetail, Bindings
from tenants.api.cloning import CloneEnvironment
from tenants.api.connections import (
    EnvironmentConnections,
    EnvironmentConnectionTest,
    InstallationConnections,
    InstallationConnectionTest,
    OrganisationConnections,
    OrganisationConnectionTest,
)
from tenants.api.databases import DatabaseDetail, Databases, DatabaseTest
from tenants.api.environments import EnvironmentDetail, Environments
from tenants.api.events import DeadLetters, Events
from tenants.api.explain import EnvironmentExplain, OrganisationExplain
from tenants.api.groups import GroupDetail, Groups
from tenants.api.lifecycle import (
    ArchiveEnvironment,
    ArchiveOrganisation,
    Deletions,
    EnvironmentDeletion,
    OrganisationDeletion,
    RestoreEnvironment,
    RestoreOrganisation,
)
from tenants.api.locks import InstallationLock, InstallationLocks, LockDetail, Locks
from tenants.api.organisations import OrganisationDetail, Organisations
from tenants.api.passwords import (
    InstallationSalt,
    MyPassword,
    OrganisationSalt,
    UserActivity,
    UserFactors,
    UserPassword,
)
from tenants.api.people import Me, UserDetail, Users
from tenants.api.roles import RoleDetail, Roles
from tenants.api.secrets import (
    EnvironmentSecret,
    EnvironmentSecrets,
    OrganisationSecret,
    OrganisationSecrets,
)
from tenants.api.sessions import MySession, MySessions, UserSessionDetail, UserSessions
from tenants.api.setup import EnvironmentSetup
from tenants.api.sign_in import InstallationSignIn, SignIn, SingleSignOn
from tenants.api.storage import MoveAction, MoveDetail, Moves, Storage
from tenants.api.stream import EventsStream
from tenants.api.tokens import TokenDetail, Tokens

_environment = [
    path("agent-key", AgentKey.as_view(), name="api-agent-key"),
    path("archive", ArchiveEnvironment.as_view(), name="api-environment-archive"),
    path("clone", CloneEnvironment.as_view(), name="api-environment-clone"),
    path("deletion", EnvironmentDeletion.as_view(), name="api-environment-deletion"),
    path("restore", RestoreEnvironment.as_view(), name="api-environment-restore"),
    path("audit", EnvironmentAudit.as_view(), name="api-audit"),
    path("explain", EnvironmentExplain.as_view(), name="api-explain"),
    path("audit/export", EnvironmentAuditExport.as_view(), name="api-audit-export"),
    path("connections", EnvironmentConnections.as_view(), name="api-connections"),
    path(
        "connections/<str:store>/test",
        EnvironmentConnectionTest.as_view(),
        name="api-connection-test",
    ),
    path("dead-letters", DeadLetters.as_view(), name="api-dead-letters"),
    path("events", Events.as_view(), name="api-events"),
    path("events/stream", EventsStream.as_view(), name="api-events-stream"),
    path("setup", EnvironmentSetup.as_view(), name="api-setup"),
    path("secrets", EnvironmentSecrets.as_view(), name="api-secrets"),
    path("secrets/<str:secret>", EnvironmentSecret.as_view(), name="api-secret"),
    path("storage", Storage.as_view(), name="api-storage"),
    path("storage/moves", Moves.as_view(), name="api-moves"),
    path("storage/moves/<int:move>", MoveDetail.as_view(), name="api-move"),
    path("storage/moves/<int:move>/<str:action>", MoveAction.as_view(), name="api-move-action"),
]

_organisation: list[URLPattern | URLResolver] = [
    path("archive", ArchiveOrganisation.as_view(), name="api-organisation-archive"),
    path("deletion", OrganisationDeletion.as_view(), name="api-organisation-deletion"),
    path("deletions", Deletions.as_view(), name="api-deletions"),
    path("restore", RestoreOrganisation.as_view(), name="api-organisation-restore"),
    path("audit", OrganisationAudit.as_view(), name="api-organisation-audit"),
    path("bindings", Bindings.as_view(), name="api-bindings"),
    path("bindings/<int:binding>", BindingDetail.as_view(), name="api-binding"),
    path("explain", OrganisationExplain.as_view(), name="api-organisation-explain"),
    path("groups", Groups.as_view(), name="api-groups"),
    path("groups/<str:group>", GroupDetail.as_view(), name="api-group"),
    path("roles", Roles.as_view(), name="api-roles"),
    path("roles/<str:role>", RoleDetail.as_view(), name="api-role"),
    path("databases", Databases.as_view(), name="api-databases"),
    path("databases/<str:database>", DatabaseDetail.as_view(), name="api-database"),
    path("databases/<str:database>/test", DatabaseTest.as_view(), name="api-database-test"),
    path("audit/export", OrganisationAuditExport.as_view(), name="api-organisation-audit-export"),
    path("connections", OrganisationConnections.as_view(), name="api-organisation-connections"),
    path(
        "connections/<str:store>/test",
        OrganisationConnectionTest.as_view(),
        name="api-organisation-connection-test",
    ),
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
    path("users/<str:user>", UserDetail.as_view(), name="api-user"),
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
    path("audit", InstallationAudit.as_view(), name="api-installation-audit"),
    path("audit/export", InstallationAuditExport.as_view(), name="api-installation-audit-export"),
    path("connections", InstallationConnections.as_view(), name="api-installation-connections"),
    path(
        "connections/<str:store>/test",
        InstallationConnectionTest.as_view(),
        name="api-installation-connection-test",
    ),
    path("locks", InstallationLocks.as_view(), name="api-installation-locks"),
    path("locks/<int:lock>", InstallationLock.as_view(), name="api-installation-lock"),
    path("me", Me.as_view(), name="api-me"),
    path("me/password", MyPassword.as_view(), name="api-my-password"),
    path("me/sessions", MySessions.as_view(), name="api-my-sessions"),
    path("me/sessions/<str:session>", MySession.as_view(), name="api-my-session"),
    path("salt", InstallationSalt.as_view(), name="api-installation-salt"),
    path("sign-in", InstallationSignIn.as_view(), name="api-installation-sign-in"),
    path("organisations", Organisations.as_view(), name="api-organisations"),
    path("organisations/<str:organisation>", OrganisationDetail.as_view(), name="api-organisation"),
    path("organisations/<str:organisation>/", include(_organisation)),
]
