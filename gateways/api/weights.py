"""Who gets how much: the weights of a gateway's routes."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from pydantic import ConfigDict, RootModel
from rest_framework.request import Request
from rest_framework.response import Response

from gateways.api.gateways import GatewayView
from gateways.api.shapes import GatewaySerializer, shape_of
from gateways.domain.shift import Shift
from gateways.models import Gateway
from gateways.services.weights import set_weights
from vamp.api.preconditions import IF_MATCH, expected_revision, with_etag
from vamp.api.query import WriteQuery
from vamp.documents.units import Percent, format_percent
from vamp.rehearsal import rehearsed


class Weights(RootModel[dict[str, Percent]]):
    """Route to its share, such as ``90%``: every route of the gateway, 100 % in all."""

    model_config = ConfigDict(frozen=True, strict=True)


class GatewayWeights(GatewayView):
    """The weights of a gateway's routes."""

    rights = {"GET": "gateway.view", "PUT": "gateway.release"}
    queries = {"PUT": WriteQuery}

    @extend_schema(operation_id="weights_read", responses=Weights)
    def get(self, request: Request, organisation: str, environment: str, gateway: str) -> Response:
        """Show each route's share; ``ETag`` is the gateway's revision."""
        return with_etag(Response(weights_of(self.gateway)), self.gateway.revision)

    @extend_schema(
        operation_id="weights_set",
        parameters=[IF_MATCH],
        request=Weights,
        responses=GatewaySerializer,
    )
    def put(self, request: Request, organisation: str, environment: str, gateway: str) -> Response:
        """Give every route its share, moving as few users as possible."""
        wanted = self.body(Weights).root
        allowed = self.require("gateway.release")
        with rehearsed(self.environment.database, is_dry_run=self.wanted["dry_run"]):
            changed = set_weights(
                self.gateway,
                wanted,
                actor=self.actor,
                expected_revision=expected_revision(request),
                shift=Shift(most=allowed.max_weight),
            )
            shape = shape_of(self.environment, changed)
        return with_etag(Response(shape), changed.revision)


def weights_of(gateway: Gateway) -> dict[str, str]:
    """Return route → share as text, in the order of the routes."""
    return {route.name: format_percent(route.weight) for route in gateway.routes.all()}
