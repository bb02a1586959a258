"""Organisations."""

from __future__ import annotations

from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import MEMBERS, PLATFORM, OrganisationView, PersonView
from tenants.models import Organisation
from tenants.services.tenancy import change_organisation, create_organisation
from vamp.api.pagination import NumberedPages
from vamp.documents.validation import Strict

Text = Annotated[str, Field(max_length=127)]
Url = Annotated[str, Field(max_length=255)]


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
    created_at = serializers.DateTimeField()


class OrganisationChange(Strict):
    """What may be changed of an organisation; what is left out stays."""

    title: Text = ""
    kv_url: Url = ""
    metrics_url: Url = ""
    events_url: Url = ""
    default_database: Annotated[str, Field(max_length=63)] = ""
    audit_retention_days: Annotated[int, Field(ge=0, le=36_500)] = 0


class NewOrganisation(OrganisationChange):
    """An organisation to be made."""

    name: str


class Organisations(PersonView):
    """The organisations that the caller may see."""

    rights = {"GET": MEMBERS, "POST": PLATFORM}
    pagination_class = NumberedPages

    @extend_schema(operation_id="organisations_list", responses=OrganisationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the caller's organisation, or all for a platform administrator."""
        return self.page(Organisation.objects.visible_to(self.person), OrganisationSerializer)

    @extend_schema(
        operation_id="organisations_create",
        request=NewOrganisation,
        responses={201: OrganisationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make an organisation. For platform administrators."""
        wanted = given(self.body(NewOrganisation))
        organisation = create_organisation(actor=self.actor, **wanted)
        return Response(OrganisationSerializer(organisation).data, status=201)


class OrganisationDetail(OrganisationView):
    """One organisation."""

    rights = {"GET": MEMBERS, "PATCH": "organisation.change"}

    @extend_schema(operation_id="organisations_read", responses=OrganisationSerializer)
    def get(self, request: Request, organisation: str) -> Response:
        """Show one organisation."""
        return Response(OrganisationSerializer(self.organisation).data)

    @extend_schema(
        operation_id="organisations_change",
        request=OrganisationChange,
        responses=OrganisationSerializer,
    )
    def patch(self, request: Request, organisation: str) -> Response:
        """Change title or stores. For platform administrators."""
        wanted = given(self.body(OrganisationChange))
        changed = change_organisation(
            self.organisation, actor=self.actor, by=self.authority, **wanted
        )
        return Response(OrganisationSerializer(changed).data)


def given(body: Strict) -> dict[str, Any]:
    """Return the fields of `body` that were sent."""
    return body.model_dump(exclude_unset=True)
