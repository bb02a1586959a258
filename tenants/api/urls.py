"""Addresses of the API of `tenants`."""

from django.urls import URLPattern, URLResolver, include, path

from tenants.api import openapi as openapi
from tenants.api.audit import EnvironmentAudit, OrganisationAudit
from tenants.api.connections import (
    EnvironmentConnections,
    EnvironmentConnectionTest,
    InstallationConnections,
    InstallationConnectionTest,
    OrganisationConnections,
    OrganisationConnectionTest,
)
from tenants.api.environments import EnvironmentDetail, Environments
from tenants.api.events import DeadLetters, Events
from tenants.api.organisations import OrganisationDetail, Organisations
from tenants.api.people import Me, Users
from tenants.api.secrets import (
    EnvironmentSecret,
    EnvironmentSecrets,
    OrganisationSecret,
    OrganisationSecrets,
)
from tenants.api.setup import EnvironmentSetup
from tenants.api.stream import EventsStream
from tenants.api.tokens import TokenDetail, Tokens

_environment = [
    path("audit", EnvironmentAudit.as_view(), name="api-audit"),
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
]

_organisation: list[URLPattern | URLResolver] = [
    path("audit", OrganisationAudit.as_view(), name="api-organisation-audit"),
    path("connections", OrganisationConnections.as_view(), name="api-organisation-connections"),
    path(
        "connections/<str:store>/test",
        OrganisationConnectionTest.as_view(),
        name="api-organisation-connection-test",
    ),
    path("environments", Environments.as_view(), name="api-environments"),
    path("environments/<str:environment>", EnvironmentDetail.as_view(), name="api-environment"),
    path("environments/<str:environment>/", include(_environment)),
    path("secrets", OrganisationSecrets.as_view(), name="api-organisation-secrets"),
    path("secrets/<str:secret>", OrganisationSecret.as_view(), name="api-organisation-secret"),
    path("tokens", Tokens.as_view(), name="api-tokens"),
    path("tokens/<str:token>", TokenDetail.as_view(), name="api-token"),
    path("users", Users.as_view(), name="api-users"),
]

urlpatterns = [
    path("connections", InstallationConnections.as_view(), name="api-installation-connections"),
    path(
        "connections/<str:store>/test",
        InstallationConnectionTest.as_view(),
        name="api-installation-connection-test",
    ),
    path("me", Me.as_view(), name="api-me"),
    path("organisations", Organisations.as_view(), name="api-organisations"),
    path("organisations/<str:organisation>", OrganisationDetail.as_view(), name="api-organisation"),
    path("organisations/<str:organisation>/", include(_organisation)),
]
