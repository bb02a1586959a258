"""Several documents in one request: all of them or none."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies.access import Caller
from policies.services.apply import Applied, apply_documents
from tenants.api.scope import MEMBERS, EnvironmentView
from vamp.api.query import WriteQuery


class AppliedSerializer(serializers.Serializer[Applied]):
    """What became of one document."""

    index = serializers.IntegerField(help_text="Its place among the documents, from 0.")
    kind = serializers.ChoiceField(choices=["Gateway", "ReleasePolicy"])
    name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["created", "changed", "unchanged"])
    revision = serializers.IntegerField(help_text="Of the gateway, or version of the policy.")
    notes = serializers.ListField(child=serializers.CharField())


class ApplySerializer(serializers.Serializer[Any]):
    """What became of each document, in their order."""

    is_dry_run = serializers.BooleanField()
    results = AppliedSerializer(many=True)


class Apply(EnvironmentView):
    """Applying documents to an environment."""

    rights = {"POST": MEMBERS}  # each document needs its own
    queries = {"POST": WriteQuery}

    @extend_schema(
        operation_id="environments_apply",
        request={
            "application/yaml": OpenApiTypes.STR,
            "application/json": {
                "type": "array",
                "items": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/GatewayDocument"},
                        {"$ref": "#/components/schemas/PolicyDocument"},
                    ]
                },
            },
        },
        responses=ApplySerializer,
    )
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Make gateways and policies what the documents say, all of them or none.

        YAML holds documents parted by ``---``, JSON a list. Pointers of faults begin with the
        document's index.
        """
        is_dry_run = self.wanted["dry_run"]
        done = apply_documents(
            self.environment,
            self.documents(),
            actor=self.actor,
            is_dry_run=is_dry_run,
            by=Caller(self.person, self.environment),
        )
        return Response(ApplySerializer({"is_dry_run": is_dry_run, "results": done}).data)
