"""Organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.lifecycle import ConfirmQuery, DeletionSerializer, StateQuery
from tenants.api.scope import MEMBERS, PLATFORM, OrganisationView, PersonView
from tenants.domain.defaults import EnvironmentDefaults
from tenants.models import LifeState, Organisation
from tenants.selectors import in_state
from tenants.services.deletion import delete_organisation
from tenants.services.quotas import usages_of
from tenants.services.tenancy import change_organisation, create_organisation
from vamp.api.names import beginning
from vamp.api.pagination import NumberedPages
from vamp.documents.validation import Strict

Text = Annotated[str, Field(max_length=127)]
Url = Annotated[str, Field(max_length=255)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class OrganisationSerializer(serializers.Serializer[Organisation]):
    """An organisation."""

    name = serializers.CharField()
    title = serializers.CharField()
    kv_url = serializers.CharField(help_text="Empty: the installation's.")
    metrics_url = serializers.CharField(help_text="Empty: the installation's.")
    events_url = serializers.CharField(help_text="Empty: the installation's.")
    default_database = serializers.CharField(help_text="Of new environments; empty: default.")
    audit_retention_days = serializers.IntegerField(
        help_text="0: the audit trail is kept for ever."
    )
    environment_defaults = serializers.JSONField(
        help_text="What a new environment begins with, see EnvironmentDefaults."
    )
    most_environments = serializers.IntegerField(help_text="Quota; 0 for any number.")
    most_gateways = serializers.IntegerField(help_text="Quota over all environments; 0 for any.")
    most_releases = serializers.IntegerField(help_text="Quota at once; 0 for any number.")
    state = serializers.ChoiceField(choices=LifeState.choices)
    state_at = serializers.DateTimeField(allow_null=True, help_text="In this state since.")
    state_by = serializers.CharField(help_text="Who archived, restored or deletes it.")
    created_at = serializers.DateTimeField()


class UsageSerializer(serializers.Serializer[Any]):
    """How much of a quota is used."""

    kind = serializers.CharField(help_text="environments, gateways or releases.")
    limit = serializers.IntegerField(help_text="0 for any number.")
    used = serializers.IntegerField()


class OrganisationUsageSerializer(OrganisationSerializer):
    """An organisation with what it uses of its quotas."""

    usage = serializers.SerializerMethodField()

    @extend_schema_field(UsageSerializer(many=True))
    def get_usage(self, organisation: Organisation) -> Sequence[Mapping[str, Any]]:
        """Count what its quotas limit."""
        return list(UsageSerializer(usages_of(organisation), many=True).data)


class OrganisationChange(Strict):
    """What may be changed of an organisation; what is left out stays."""

    title: Text = ""
    kv_url: Url = ""
    metrics_url: Url = ""
    events_url: Url = ""
    default_database: Annotated[str, Field(max_length=63)] = ""
    audit_retention_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    environment_defaults: EnvironmentDefaults = EnvironmentDefaults()
    most_environments: Count = 0
    most_gateways: Count = 0
    most_releases: Count = 0


class NewOrganisation(OrganisationChange):
    """An organisation to be made."""

    name: str


class Organisations(PersonView):
    """The organisations that the caller may see."""

    rights = {"GET": MEMBERS, "POST": PLATFORM}
    pagination_class = NumberedPages
    queries = {"GET": StateQuery}

    @extend_schema(operation_id="organisations_list", responses=OrganisationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the caller's organisation, or all for a platform administrator."""
        rows = Organisation.objects.visible_to(self.person)
        kept = in_state(rows, self.wanted["state"])
        return self.page(beginning(kept, self.wanted), OrganisationSerializer)

    @extend_schema(
        operation_id="organisations_create",
        request=NewOrganisation,
        responses={201: OrganisationUsageSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make an organisation. For platform administrators."""
        wanted = given(self.body(NewOrganisation))
        organisation = create_organisation(actor=self.actor, **wanted)
        return Response(OrganisationUsageSerializer(organisation).data, status=201)


class OrganisationDetail(OrganisationView):
    """One organisation."""

    rights = {"GET": MEMBERS, "PATCH": "organisation.change", "DELETE": PLATFORM}
    queries = {"DELETE": ConfirmQuery}

    @property
    def changes_idle(self) -> bool:  # type: ignore[override]
        """An archived one may be deleted, and a deletion be asked for again."""
        return self.request.method == "DELETE"

    @extend_schema(operation_id="organisations_read", responses=OrganisationUsageSerializer)
    def get(self, request: Request, organisation: str) -> Response:
        """Show one organisation, with what it uses of its quotas."""
        return Response(OrganisationUsageSerializer(self.organisation).data)

    @extend_schema(
        operation_id="organisations_delete",
        parameters=[ConfirmQuery],
        responses={202: DeletionSerializer},
    )
    def delete(self, request: Request, organisation: str) -> Response:
        """Delete it with its environments, people and tokens. For platform administrators.

        It cannot be taken back. Goes on in the background; see `deletion`.
        """
        begun = delete_organisation(
            self.organisation, confirm=self.wanted["confirm"], actor=self.actor
        )
        return Response(DeletionSerializer(begun).data, status=202)

    @extend_schema(
        operation_id="organisations_change",
        request=OrganisationChange,
        responses=OrganisationUsageSerializer,
    )
    def patch(self, request: Request, organisation: str) -> Response:
        """Change title, stores, quotas or defaults of environments. For platform administrators."""
        wanted = given(self.body(OrganisationChange))
        changed = change_organisation(
            self.organisation, actor=self.actor, by=self.authority, **wanted
        )
        return Response(OrganisationUsageSerializer(changed).data)


def given(body: Strict) -> dict[str, Any]:
    """Return the fields of `body` that were sent."""
    return body.model_dump(exclude_unset=True)
