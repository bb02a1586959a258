"""Gateways: documents in, documents with their liveness out."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateways.access import shift_of
from gateways.api.shapes import GatewaySerializer, LivenessSerializer, shape_of, shapes_of
from gateways.documents.gateway import GatewayDocument
from gateways.documents.read import read_gateway
from gateways.documents.write import to_document, to_yaml
from gateways.exceptions import GatewayChanged, TakenElsewhere
from gateways.models import Gateway
from gateways.selectors import gateway_in, visible_gateways
from gateways.services.definition import PutResult, put_gateway, remove_gateway
from gateways.services.rows import document_of
from tenants.api.scope import MEMBERS, EnvironmentView
from vamp.api.documents import merged, named
from vamp.api.names import BeginsQuery, beginning
from vamp.api.pagination import NumberedPages
from vamp.api.parsers import JsonParser, MergePatchParser, YamlParser
from vamp.api.preconditions import IF_MATCH, expected_revision, with_etag
from vamp.api.query import WriteQuery
from vamp.api.renderers import YamlRenderer
from vamp.errors import Fault
from vamp.rehearsal import rehearsed

MOST_PATCHES = 5
"""So often a patch is applied anew because the gateway was changed meanwhile."""


class GatewaysQuery(BeginsQuery):
    """Filters of the list of gateways; all given ones must hold."""

    name = serializers.CharField(required=False, help_text="Part of the name.")
    host = serializers.CharField(required=False, help_text="Part of one of its hosts.")
    service = serializers.CharField(required=False, help_text="Service that a route leads to.")
    policy = serializers.CharField(required=False, help_text="Name of its release policy.")

    LOOKUPS = {
        "name": "name__contains",
        "host": "hosts__host__contains",
        "service": "routes__service",
        "policy": "policy",
    }
    OF_MANY = frozenset({"host", "service"})
    """Of which a gateway may have several that match."""


class Gateways(EnvironmentView):
    """The gateways of an environment."""

    rights = {"GET": "gateway.view", "POST": "gateway.create"}
    pagination_class = NumberedPages
    queries = {"GET": GatewaysQuery, "POST": WriteQuery}

    @extend_schema(operation_id="gateways_list", responses=GatewaySerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List the environment's gateways by name."""
        lookups = GatewaysQuery.LOOKUPS
        filters = {lookups[name]: each for name, each in self.wanted.items() if name in lookups}
        mine = visible_gateways(self.person, self.environment)
        rows = beginning(mine.filter(**filters).order_by("name"), self.wanted)
        if self.wanted.keys() & GatewaysQuery.OF_MANY:
            rows = rows.distinct()
        return self.shaped_page(rows, lambda found: shapes_of(self.environment, found))

    @extend_schema(
        operation_id="gateways_create",
        request=GatewayDocument,
        responses={201: GatewaySerializer},
    )
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Make a gateway; 409 where there is one of that name."""
        document = read_gateway(self.document())
        try:
            result = put(self, document, expected=0)
        except GatewayChanged:
            message = f"there is a gateway {document.name} already"
            raise TakenElsewhere(
                faults=[Fault("/name", message, "PUT to its address changes it")]
            ) from None
        return answer(self, result, location=f"{request.path}/{document.name}")


class GatewayView(EnvironmentView):
    """An address of one gateway."""

    @cached_property
    def gateway(self) -> Gateway:
        """The gateway that the address names, with hosts and routes.

        Raises:
            NotFound: the environment has none of that name.
        """
        return gateway_in(self.environment, self.kwargs["gateway"])


class GatewayDetail(GatewayView):
    """One gateway."""

    rights = {
        "GET": "gateway.view",
        "PUT": MEMBERS,  # and to change or create it, once it is known which
        "PATCH": "gateway.change",
        "DELETE": "gateway.delete",
    }
    parser_classes = [JsonParser, YamlParser, MergePatchParser]
    queries = {"PUT": WriteQuery, "PATCH": WriteQuery, "DELETE": WriteQuery}

    @extend_schema(operation_id="gateways_read", responses=GatewaySerializer)
    def get(self, request: Request, organisation: str, environment: str, gateway: str) -> Response:
        """Show a gateway; ``ETag`` is its revision."""
        shape = shape_of(self.environment, self.gateway)
        return with_etag(Response(shape), self.gateway.revision)

    @extend_schema(
        operation_id="gateways_put",
        parameters=[IF_MATCH],
        request=GatewayDocument,
        responses={200: GatewaySerializer, 201: GatewaySerializer},
    )
    def put(self, request: Request, organisation: str, environment: str, gateway: str) -> Response:
        """Make the gateway what the document says; make it where there is none."""
        rows = Gateway.objects.in_environment(self.environment).filter(name=gateway)
        self.require("gateway.change" if rows.exists() else "gateway.create")
        document = read_gateway(named(self.document(), gateway))
        return answer(self, put(self, document, expected=expected_revision(request)))

    @extend_schema(
        operation_id="gateways_patch",
        parameters=[IF_MATCH],
        request={
            "application/merge-patch+json": OpenApiTypes.OBJECT,
            "application/json": OpenApiTypes.OBJECT,
            "application/yaml": OpenApiTypes.OBJECT,
        },
        responses=GatewaySerializer,
    )
    def patch(
        self, request: Request, organisation: str, environment: str, gateway: str
    ) -> Response:
        """Change parts of the document, by JSON merge patch (RFC 7396): null takes a key away.

        Without ``If-Match``, what was changed meanwhile (by a release, say) is no conflict: the
        patch is applied to what is there now.
        """
        expected = expected_revision(request)
        left = MOST_PATCHES if expected is None else 1
        change = self.document().value
        while True:
            held = gateway_in(self.environment, gateway)
            document = read_gateway(named(merged(to_document(document_of(held)), change), gateway))
            try:
                return answer(self, put(self, document, expected=expected or held.revision))
            except GatewayChanged:
                left -= 1
                if not left:
                    raise

    @extend_schema(operation_id="gateways_remove", parameters=[IF_MATCH], responses={204: None})
    def delete(
        self, request: Request, organisation: str, environment: str, gateway: str
    ) -> Response:
        """Take a gateway out of service; 409 where routes of others lead to it."""
        with rehearsed(self.environment.database, is_dry_run=self.wanted["dry_run"]):
            remove_gateway(
                self.gateway, actor=self.actor, expected_revision=expected_revision(request)
            )
        return Response(status=204)


class GatewayStatus(GatewayView):
    """Whether a gateway is live."""

    rights = {"GET": "gateway.view"}

    @extend_schema(operation_id="gateways_status", responses=LivenessSerializer)
    def get(self, request: Request, organisation: str, environment: str, gateway: str) -> Response:
        """Compare what is desired, published, and served by each agent."""
        return Response(shape_of(self.environment, self.gateway)["liveness"])


class GatewayYaml(GatewayView):
    """A gateway's document as YAML."""

    rights = {"GET": "gateway.view"}
    renderer_classes = [YamlRenderer]

    @extend_schema(
        operation_id="gateways_yaml", responses={(200, "application/yaml"): OpenApiTypes.STR}
    )
    def get(self, request: Request, organisation: str, environment: str, gateway: str) -> Response:
        """Show the document as YAML, as it may be sent back."""
        text = to_yaml([document_of(self.gateway)])
        return with_etag(Response(text), self.gateway.revision)


def put(view: EnvironmentView, document: GatewayDocument, *, expected: int | None) -> PutResult:
    """Write `document`, or on a dry run only check it."""
    return put_gateway(
        view.environment,
        document,
        actor=view.actor,
        expected_revision=expected,
        is_dry_run=view.wanted["dry_run"],
        shift=shift_of(view.person, view.target("gateway", document.name)),
    )


def answer(view: EnvironmentView, result: PutResult, *, location: str = "") -> Response:
    """Answer with the gateway as it is now, or as it would be."""
    shape: dict[str, Any] = shape_of(view.environment, result.gateway)
    response = Response(shape, status=201 if result.is_created else 200)
    if result.is_created:
        response["Location"] = location or view.request.path
    return with_etag(response, result.gateway.revision)
