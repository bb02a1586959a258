"""The audit trail of an environment, of an organisation, and of the installation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import PLATFORM, EnvironmentView, OrganisationView, PersonView
from tenants.models import Organisation
from tenants.services.audit_trail import trail_of
from vamp.api.pagination import NumberedPages
from vamp.api.query import Query
from vamp.audit.trail import Wanted
from vamp.models import AuditEntry


class AuditSerializer(serializers.Serializer[AuditEntry]):
    """Who did what, when, and from where."""

    id = serializers.IntegerField()
    database = serializers.CharField(
        source="_state.db", help_text="Where it lies; with position its identity."
    )
    position = serializers.IntegerField(
        allow_null=True, help_text="Place in the chain of its database; null: not sealed yet."
    )
    at = serializers.DateTimeField()
    environment = serializers.CharField(help_text="Empty: the organisation's own.")
    actor = serializers.CharField(help_text="Login, token:<name>, or vamp:<part> for Vamp itself.")
    token = serializers.CharField(help_text="<prefix>/<name> of the API token used, or empty.")
    verb = serializers.CharField(help_text="Such as gateway.changed.")
    kind = serializers.CharField()
    name = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    source_address = serializers.CharField(allow_null=True)
    request_id = serializers.CharField()
    digest = serializers.CharField(help_text="<version>:<SHA-256> of what the entry says.")
    link = serializers.CharField(help_text="Its link in the chain; empty: not sealed yet.")


class AuditQuery(Query):
    """Filters of the audit trail; all given ones must hold."""

    actor = serializers.CharField(required=False)
    verb = serializers.CharField(required=False)
    kind = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    token = serializers.CharField(required=False, help_text="<prefix>/<name>.")
    request_id = serializers.CharField(required=False)
    source_address = serializers.IPAddressField(required=False)
    since = serializers.DateTimeField(required=False, help_text="Not before this.")
    until = serializers.DateTimeField(required=False, help_text="Before this.")
    q = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Words, each of which occurs in actor, verb, kind, name, token, request id, source"
        " address, or in a field or value of before or after.",
    )


class OrganisationAuditQuery(AuditQuery):
    """The same, and one environment of the organisation."""

    environment = serializers.CharField(required=False)


class AuditPages(NumberedPages):
    """Pages that say how far back the list goes."""

    searched_back_to: datetime | None = None

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page, with ``searched_back_to``."""
        answer = super().get_paginated_response(data)
        end = self.searched_back_to
        answer.data["searched_back_to"] = end.isoformat() if end else None
        return answer

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """Describe the same."""
        found: dict[str, Any] = super().get_paginated_response_schema(schema)
        found["properties"]["searched_back_to"] = {
            "type": "string",
            "format": "date-time",
            "nullable": True,
            "description": "The list goes back to this, and count counts what is in it: at most some"
            " 10,000 entries, or those found among 20,000. Ask for until= this to go on. null: nothing"
            " is left out.",
        }
        return found


class EnvironmentAudit(EnvironmentView):
    """The audit trail of an environment."""

    pagination_class = AuditPages
    queries = {"GET": AuditQuery}
    rights: ClassVar[Mapping[str, str]] = {"GET": "audit.view"}

    @extend_schema(
        operation_id="audit_list",
        responses=AuditSerializer(many=True),
    )
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List what was changed in the environment, newest first."""
        here = self.environment
        wanted = wanted_of(self.wanted, environment=here.name)
        return paged(self, here.organisation, wanted)


class OrganisationAudit(OrganisationView):
    """The audit trail of an organisation with all of its environments."""

    pagination_class = AuditPages
    queries = {"GET": OrganisationAuditQuery}
    rights: ClassVar[Mapping[str, str]] = {"GET": "audit.view"}

    @extend_schema(
        operation_id="audit_list_of_organisation",
        responses=AuditSerializer(many=True),
    )
    def get(self, request: Request, organisation: str) -> Response:
        """List what was done in the organisation and in every environment of it, newest first."""
        return paged(self, self.organisation, wanted_of(self.wanted))


class InstallationView(PersonView):
    """An address that is there for platform administrators alone."""

    rights: ClassVar[Mapping[str, str]] = {"GET": PLATFORM}


class InstallationAudit(InstallationView):
    """The audit trail of what belongs to no organisation."""

    pagination_class = AuditPages
    queries = {"GET": AuditQuery}

    @extend_schema(
        operation_id="audit_list_of_installation",
        responses=AuditSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List what platform administrators did, and log-ins in vain. For those administrators."""
        return paged(self, None, wanted_of(self.wanted))


def wanted_of(given: Mapping[str, Any], *, environment: str | None = None) -> Wanted:
    """Return what a checked `AuditQuery` asks for."""
    found = {name: value for name, value in given.items() if name != "format"}
    if environment is not None:
        found["environment"] = environment
    return Wanted(**found)


def paged(view: PersonView, organisation: Organisation | None, wanted: Wanted) -> Response:
    """Answer with the page of the trail that the caller asks for. At most six queries a database."""
    paginator = AuditPages()
    trail: Any = trail_of(organisation, wanted)
    paginator.searched_back_to = trail.goes_back_to
    found: Any = paginator.paginate_queryset(trail, view.request, view=view)
    serializer: Any = AuditSerializer
    shaped = serializer(found or (), many=True)
    return paginator.get_paginated_response(shaped.data)
