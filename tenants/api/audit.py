"""The audit trail of an environment, and of an organisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import EnvironmentView, OrganisationView
from tenants.history import Joined, of_environment
from vamp.api.pagination import NumberedPages
from vamp.api.query import Query
from vamp.databases import DEFAULT
from vamp.models import AuditEntry


class AuditSerializer(serializers.Serializer[AuditEntry]):
    """Who did what, when, and from where."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="Login, token:<name>, or vamp:<part> for Vamp itself.")
    verb = serializers.CharField(help_text="Such as gateway.changed.")
    kind = serializers.CharField()
    name = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    source_address = serializers.CharField(allow_null=True)
    request_id = serializers.CharField()


class AuditQuery(Query):
    """Filters of the audit trail; all given ones must hold."""

    actor = serializers.CharField(required=False)
    verb = serializers.CharField(required=False)
    kind = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    request_id = serializers.CharField(required=False)
    since = serializers.DateTimeField(required=False, help_text="Not before this.")
    until = serializers.DateTimeField(required=False, help_text="Before this.")


class EnvironmentAudit(EnvironmentView):
    """The audit trail of an environment."""

    rights = {"GET": "audit.view"}
    pagination_class = NumberedPages
    queries = {"GET": AuditQuery}

    @extend_schema(
        operation_id="audit_list",
        responses=AuditSerializer(many=True),
    )
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List what was changed in the environment, newest first."""
        here = self.environment

        def rows(database: str) -> QuerySet[AuditEntry]:
            entries = AuditEntry.objects.using(database).filter(
                organisation=here.organisation.name, environment=here.name
            )
            return narrowed(entries, self.wanted)

        parts = of_environment(here, rows)
        if len(parts) == 1:
            return self.page(parts[0], AuditSerializer)
        joined = Joined(parts, lambda row: (row.at, row.pk), is_reversed=True)
        return self.page(joined, AuditSerializer)


class OrganisationAudit(OrganisationView):
    """The audit trail of what is the organisation's own."""

    rights = {"GET": "audit.view"}
    pagination_class = NumberedPages
    queries = {"GET": AuditQuery}

    @extend_schema(
        operation_id="audit_list_of_organisation",
        responses=AuditSerializer(many=True),
    )
    def get(self, request: Request, organisation: str) -> Response:
        """List changes to the organisation, its environments, people and tokens, newest first."""
        rows = AuditEntry.objects.using(DEFAULT).filter(
            organisation=self.organisation.name,
            kind__in=["organisation", "environment", "user", "token"],
        )
        return self.page(narrowed(rows, self.wanted), AuditSerializer)


def narrowed(rows: QuerySet[AuditEntry], wanted: Mapping[str, Any]) -> QuerySet[AuditEntry]:
    """Return those of `rows` that meet every filter of an `AuditQuery`."""
    names = {"since": "at__gte", "until": "at__lt"}
    return rows.filter(**{names.get(name, name): value for name, value in wanted.items()})
