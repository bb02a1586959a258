"""Taking the audit trail away, as CSV or JSON lines. Each export is itself recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from tenants.api.audit import AuditQuery, InstallationView, OrganisationAuditQuery, wanted_of
from tenants.api.scope import EnvironmentView, OrganisationView, PersonView
from tenants.models import Organisation
from tenants.services.audit_trail import export_trail
from vamp.api.streaming import streamed
from vamp.audit.exporting import FORMATS
from vamp.audit.trail import Wanted

_FORMAT = serializers.ChoiceField(choices=[*FORMATS], default="csv", help_text="csv or jsonl.")

RESPONSES = {
    (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "A line an entry, oldest first."),
    (200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.STR, "A JSON object an entry."),
}


class CsvRenderer(JSONRenderer):
    """Lets ``Accept: text/csv`` in; a problem is answered as JSON all the same."""

    media_type = FORMATS["csv"]
    format = "csv"


class JsonLinesRenderer(JSONRenderer):
    """Lets ``Accept: application/x-ndjson`` in."""

    media_type = FORMATS["jsonl"]
    format = "jsonl"


class ExportQuery(AuditQuery):
    """Filters, and the format."""

    format = _FORMAT


class OrganisationExportQuery(OrganisationAuditQuery):
    """Filters, and the format."""

    format = _FORMAT


class EnvironmentAuditExport(EnvironmentView):
    """The audit trail of an environment, to take away."""

    renderer_classes = [JSONRenderer, CsvRenderer, JsonLinesRenderer]
    queries = {"GET": ExportQuery}
    rights: ClassVar[Mapping[str, str]] = {"GET": "audit.export"}

    @extend_schema(operation_id="audit_export", responses=RESPONSES)
    def get(self, request: Request, organisation: str, environment: str) -> StreamingHttpResponse:
        """Send every entry that is wanted, oldest first."""
        here = self.environment
        return sent(self, here.organisation, wanted_of(self.wanted, environment=here.name))


class OrganisationAuditExport(OrganisationView):
    """The audit trail of an organisation with all of its environments, to take away."""

    renderer_classes = [JSONRenderer, CsvRenderer, JsonLinesRenderer]
    queries = {"GET": OrganisationExportQuery}
    rights: ClassVar[Mapping[str, str]] = {"GET": "audit.export"}

    @extend_schema(operation_id="audit_export_of_organisation", responses=RESPONSES)
    def get(self, request: Request, organisation: str) -> StreamingHttpResponse:
        """Send every entry that is wanted, oldest first."""
        return sent(self, self.organisation, wanted_of(self.wanted))


class InstallationAuditExport(InstallationView):
    """The audit trail of what belongs to no organisation, to take away."""

    renderer_classes = [JSONRenderer, CsvRenderer, JsonLinesRenderer]
    queries = {"GET": ExportQuery}

    @extend_schema(operation_id="audit_export_of_installation", responses=RESPONSES)
    def get(self, request: Request) -> StreamingHttpResponse:
        """Send every entry that is wanted, oldest first. For platform administrators."""
        return sent(self, None, wanted_of(self.wanted))


def sent(
    view: PersonView, organisation: Organisation | None, wanted: Wanted
) -> StreamingHttpResponse:
    """Record the export and send it as it is read."""
    form = view.wanted["format"]
    name = "-".join(
        filter(None, [organisation.name if organisation else "installation", wanted.environment])
    )
    return streamed(
        view.request._request,  # noqa: SLF001 documented by REST framework
        export_trail(organisation, wanted, form, actor=view.actor),
        media_type=FORMATS[form],
        filename=f"audit-{name}.{form}",
    )
