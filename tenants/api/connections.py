"""Connections: where each leads, what its test found, and testing it, saved or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.organisations import Url
from tenants.api.scope import PLATFORM, EnvironmentView, OrganisationView, PersonView
from tenants.authorisation import Principal
from tenants.domain.namespace import MOST_SECRET_CHARACTERS
from tenants.domain.store import Store
from tenants.models import ConnectionResult
from tenants.services.check_questions import Place, Proposal
from tenants.services.checks import ask_connection, ask_proposal, store_named
from tenants.services.connection_lines import ConnectionLine, connection_lines
from vamp.documents.validation import Strict
from vamp.errors import NotAllowed
from vamp.ports.checks import Checked

RIGHTS: Mapping[str, str] = {"GET": "connection.view"}
TEST_RIGHTS: Mapping[str, str] = {"POST": "connection.test"}


class FindingSerializer(serializers.Serializer[Any]):
    """One thing that a test looked at."""

    what = serializers.CharField()
    tone = serializers.ChoiceField(choices=["good", "unprepared", "bad"])
    message = serializers.CharField()
    hint = serializers.CharField(help_text="What to do about it.")


class CheckedSerializer(serializers.Serializer[Any]):
    """What a test found."""

    ok = serializers.BooleanField(help_text="It does its work.")
    is_prepared = serializers.BooleanField(help_text="It holds what the set-up makes as well.")
    system = serializers.CharField()
    version = serializers.CharField()
    latency_ms = serializers.FloatField(allow_null=True, help_text="Of one question.")
    findings = FindingSerializer(many=True)


class TestedSerializer(CheckedSerializer):
    """What the last test found, and when that was."""

    tested_at = serializers.DateTimeField()
    tested_by = serializers.CharField()


class SecretStateSerializer(serializers.Serializer[Any]):
    """Whether the secret is set; never its value."""

    is_set = serializers.BooleanField(allow_null=True, help_text="null: the store did not say.")
    set_by = serializers.CharField()
    set_at = serializers.CharField()


class KeyToEndSerializer(serializers.Serializer[Any]):
    """What agents hear events with and should not: the stream's server was not told yet."""

    token = serializers.CharField(help_text="It came with this token, which is gone or rotated.")
    environment = serializers.CharField()
    due_at = serializers.DateTimeField(help_text="Since when it should have ended.")
    tried_at = serializers.DateTimeField(allow_null=True, help_text="When it was tried last.")
    waits_for = serializers.CharField(help_text="Why it is not done.")


class ConnectionSerializer(serializers.Serializer[Any]):
    """One connection."""

    store = serializers.ChoiceField(choices=[each.value for each in Store])
    url = serializers.CharField(help_text="Where it leads, without its secret.")
    origin = serializers.ChoiceField(
        choices=["environment", "organisation", "installation", ""],
        help_text="Whose setting counts.",
    )
    own_url = serializers.CharField(help_text="What is set here itself; empty for none.")
    is_settable = serializers.BooleanField()
    secret = SecretStateSerializer(allow_null=True)
    result = TestedSerializer(allow_null=True)
    keys_to_end = KeyToEndSerializer(many=True, help_text="Of an event stream; at most 200.")


class ConnectionProposal(Strict):
    """A connection to be tried before it is saved; an empty body tests the saved one.

    Attributes:
        url: of the store; left out for the saved one.
        secret: what opens it; left out for the saved one, which only the saved URL is shown.
        namespace: of a scheduler's cluster.
    """

    url: Url = ""
    secret: Annotated[str, Field(max_length=MOST_SECRET_CHARACTERS, repr=False)] = ""
    namespace: Annotated[str, Field(max_length=63)] = ""


def shown(checked: Checked) -> dict[str, Any]:
    """Return what a test found, as the API says it."""
    return {"ok": checked.ok, "is_prepared": checked.is_prepared, **checked.as_json()}


def tested(result: ConnectionResult | None) -> dict[str, Any] | None:
    """Return the last test, None where there was none."""
    if result is None:
        return None
    when = {"tested_at": result.tested_at, "tested_by": result.tested_by}
    return {**shown(result.checked), **when}


def line_of(line: ConnectionLine) -> dict[str, Any]:
    """Return one connection, as the API says it."""
    fields = ("store", "url", "origin", "own_url", "is_settable", "secret", "keys_to_end")
    return {name: getattr(line, name) for name in fields} | {"result": tested(line.result)}


class _Connections(PersonView):
    """The connections of a place."""

    rights: ClassVar[Mapping[str, str]] = RIGHTS

    def listed(self, place: Place) -> Response:
        """Answer with every connection of `place`."""
        sees = self.person.is_platform_administrator
        lines = connection_lines(place, sees_installation=sees)
        return Response(ConnectionSerializer(map(line_of, lines), many=True).data)


class _ConnectionTest(PersonView):
    """The test of one connection."""

    rights: ClassVar[Mapping[str, str]] = TEST_RIGHTS

    def tested(self, place: Place, name: str) -> Response:
        """Test the saved connection, or what the body proposes."""
        store = store_named(place, name)
        given = self.body(ConnectionProposal)
        proposal = Proposal(given.url, given.secret, given.namespace)
        if proposal == Proposal():
            found = ask_connection(place, store, actor=self.actor)
        else:
            check_may_propose(self.person)
            found = ask_proposal(place, store, proposal, actor=self.actor)
        return Response(CheckedSerializer(shown(found)).data)


def check_may_propose(person: Principal) -> None:
    """Let those propose a connection who may save one: a URL says whom this machine asks.

    Raises:
        NotAllowed: `person` is no platform administrator.
    """
    if not person.is_platform_administrator:
        raise NotAllowed("Only a platform administrator may try another address or secret.")


class InstallationConnections(_Connections):
    """The installation's own connections, for platform administrators alone."""

    rights = {"GET": PLATFORM}

    @extend_schema(
        operation_id="installation_connections_list",
        responses=ConnectionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the installation's stores, with what their last tests found."""
        return self.listed(None)


class InstallationConnectionTest(_ConnectionTest):
    """The test of one of the installation's own connections."""

    rights = {"POST": PLATFORM}

    @extend_schema(
        operation_id="installation_connection_test", request=None, responses=CheckedSerializer
    )
    def post(self, request: Request, store: str) -> Response:
        """Ask the store now; takes 5 seconds at most."""
        found = ask_connection(None, store_named(None, store), actor=self.actor)
        return Response(CheckedSerializer(shown(found)).data)


class OrganisationConnections(_Connections, OrganisationView):
    """The stores that an organisation's environments use where they have none of their own."""

    @extend_schema(
        operation_id="organisation_connections_list",
        responses=ConnectionSerializer(many=True),
    )
    def get(self, request: Request, organisation: str) -> Response:
        """List the organisation's stores, with what their last tests found."""
        return self.listed(self.organisation)


class OrganisationConnectionTest(_ConnectionTest, OrganisationView):
    """The test of one of an organisation's connections."""

    @extend_schema(
        operation_id="organisation_connection_test",
        request=ConnectionProposal,
        responses=CheckedSerializer,
    )
    def post(self, request: Request, organisation: str, store: str) -> Response:
        """Ask the saved store now, or the one that the body proposes; takes 5 seconds at most."""
        return self.tested(self.organisation, store)


class EnvironmentConnections(_Connections, EnvironmentView):
    """The stores and the scheduler of an environment."""

    @extend_schema(operation_id="connections_list", responses=ConnectionSerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List the environment's connections, with what their last tests found."""
        return self.listed(self.environment)


class EnvironmentConnectionTest(_ConnectionTest, EnvironmentView):
    """The test of one of an environment's connections."""

    @extend_schema(
        operation_id="connection_test", request=ConnectionProposal, responses=CheckedSerializer
    )
    def post(self, request: Request, organisation: str, environment: str, store: str) -> Response:
        """Ask the saved connection now, or the one that the body proposes; 5 seconds at most."""
        return self.tested(self.environment, store)
