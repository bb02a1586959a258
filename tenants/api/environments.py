"""Environments."""

from __future__ import annotations

from typing import Annotated

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.lifecycle import ConfirmQuery, DeletionSerializer, StateQuery
from tenants.api.organisations import Text, Url, given
from tenants.api.scope import MEMBERS, EnvironmentView, OrganisationView
from tenants.models import Environment, LifeState, Stage
from tenants.selectors import environments_for, in_state
from tenants.services.deletion import delete_environment
from tenants.services.tenancy import change_environment, create_environment
from vamp.api.names import beginning
from vamp.api.pagination import NumberedPages
from vamp.documents.validation import Strict


class EnvironmentSerializer(serializers.Serializer[Environment]):
    """An environment."""

    organisation = serializers.CharField(source="organisation.name")
    name = serializers.CharField()
    title = serializers.CharField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    order = serializers.IntegerField(help_text="Place in the pipeline, low to high.")
    scheduler_url = serializers.CharField()
    namespace = serializers.CharField()
    service_label = serializers.CharField()
    version_label = serializers.CharField()
    shared_port = serializers.IntegerField(help_text="0: the installation's.")
    kv_url = serializers.CharField(help_text="Empty: the organisation's.")
    metrics_url = serializers.CharField(help_text="Empty: the organisation's.")
    events_url = serializers.CharField(help_text="Empty: the organisation's.")
    database = serializers.CharField(help_text="Where its rows lie; see storage.")
    state = serializers.ChoiceField(
        choices=LifeState.choices, source="life", help_text="Its own, or its organisation's."
    )
    state_at = serializers.DateTimeField(allow_null=True, help_text="In its own state since.")
    state_by = serializers.CharField(help_text="Who archived, restored or deletes it.")
    created_at = serializers.DateTimeField()


class EnvironmentChange(Strict):
    """What may be changed of an environment; what is left out stays."""

    title: Text = ""
    stage: Stage = Stage.DEVELOPMENT
    order: Annotated[int, Field(ge=0, le=32_767)] = 0
    scheduler_url: Url = ""
    namespace: Annotated[str, Field(max_length=63)] = ""
    service_label: Annotated[str, Field(min_length=1, max_length=127)] = "app"
    version_label: Annotated[str, Field(min_length=1, max_length=127)] = "version"
    shared_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    kv_url: Url = ""
    metrics_url: Url = ""
    events_url: Url = ""


class NewEnvironment(EnvironmentChange):
    """An environment to be made.

    Attributes:
        database: name of the database that holds its rows: one of the installation's settings, or
            one of the organisation's own that is ready; empty: the organisation's default.
    """

    name: str
    database: str = ""


class Environments(OrganisationView):
    """The environments of an organisation."""

    rights = {"GET": MEMBERS, "POST": "environment.create"}
    pagination_class = NumberedPages
    queries = {"GET": StateQuery}

    @extend_schema(operation_id="environments_list", responses=EnvironmentSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List the organisation's environments in the order of its pipeline.

        Archived ones are left out unless `state` asks for them.
        """
        rows = environments_for(self.person).filter(organisation=self.organisation)
        kept = in_state(rows, self.wanted["state"])
        return self.page(beginning(kept, self.wanted), EnvironmentSerializer)

    @extend_schema(
        operation_id="environments_create",
        request=NewEnvironment,
        responses={201: EnvironmentSerializer},
    )
    def post(self, request: Request, organisation: str) -> Response:
        """Make an environment."""
        wanted = given(self.body(NewEnvironment))
        environment = create_environment(
            self.organisation, actor=self.actor, by=self.authority, **wanted
        )
        return Response(EnvironmentSerializer(environment).data, status=201)


class EnvironmentDetail(EnvironmentView):
    """One environment."""

    rights = {
        "GET": "environment.view",
        "PATCH": "environment.change",
        "DELETE": "environment.delete",
    }
    queries = {"DELETE": ConfirmQuery}

    @property
    def changes_idle(self) -> bool:  # type: ignore[override]
        """An archived one may be deleted, and a deletion be asked for again."""
        return self.request.method == "DELETE"

    @extend_schema(operation_id="environments_read", responses=EnvironmentSerializer)
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """Show one environment."""
        return Response(EnvironmentSerializer(self.environment).data)

    @extend_schema(
        operation_id="environments_change",
        request=EnvironmentChange,
        responses=EnvironmentSerializer,
    )
    def patch(self, request: Request, organisation: str, environment: str) -> Response:
        """Change what is sent, leave the rest."""
        wanted = given(self.body(EnvironmentChange))
        changed = change_environment(
            self.environment, actor=self.actor, by=self.authority, **wanted
        )
        return Response(EnvironmentSerializer(changed).data)

    @extend_schema(
        operation_id="environments_delete",
        parameters=[ConfirmQuery],
        responses={202: DeletionSerializer},
    )
    def delete(self, request: Request, organisation: str, environment: str) -> Response:
        """Delete it with all that is in it. For platform administrators.

        It cannot be taken back. Goes on in the background; see `deletion`.
        """
        begun = delete_environment(
            self.environment, confirm=self.wanted["confirm"], actor=self.actor
        )
        return Response(DeletionSerializer(begun).data, status=202)
