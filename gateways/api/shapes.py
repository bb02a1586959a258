"""How gateways look in answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gateways.documents.gateway import GatewayDocument
from gateways.documents.write import to_document
from gateways.models import Gateway
from gateways.selectors import Liveness, liveness_of
from gateways.services.rows import document_of
from tenants.models import Environment

LIVENESS: Final = "liveness"


class LivenessSerializer(serializers.Serializer[Liveness]):
    """Whether what was asked for is what is served."""

    is_live = serializers.BooleanField(help_text="Every live agent serves the desired generation.")
    desired = serializers.IntegerField(help_text="Generation of the definition.")
    published = serializers.IntegerField(help_text="Generation in the key-value store.")
    applied = serializers.IntegerField(help_text="Live agents that serve the desired generation.")
    agents = serializers.IntegerField(help_text="Live agents.")
    behind = serializers.ListField(
        child=serializers.CharField(), help_text="Live agents that serve an older generation."
    )
    applied_at = serializers.DateTimeField(allow_null=True)


class GatewaySerializer(serializers.Serializer[Gateway]):
    """A gateway: its document, and whether that is live."""

    name = serializers.CharField()
    title = serializers.CharField()
    document = serializers.SerializerMethodField(help_text="What it is, as it may be sent back.")
    revision = serializers.IntegerField(help_text="What ETag carries.")
    liveness = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(cast("Any", GatewayDocument))
    def get_document(self, gateway: Gateway) -> dict[str, Any]:
        """Return the document; no query where hosts and routes were prefetched."""
        return to_document(document_of(gateway))

    @extend_schema_field(LivenessSerializer)
    def get_liveness(self, gateway: Gateway) -> dict[str, Any]:
        """Return the liveness that `shapes_of` looked up for all gateways at once."""
        return dict(self.context[LIVENESS][gateway.name])


def shapes_of(environment: Environment, gateways: Iterable[Gateway]) -> list[dict[str, Any]]:
    """Return the shapes of gateways with their hosts and routes. Two queries."""
    rows = list(gateways)
    held = liveness_of(environment, rows, timezone.now())
    # One serializer for all of a kind: to make one costs more than to use it.
    one_liveness, one_gateway = cast("Any", LivenessSerializer), cast("Any", GatewaySerializer)
    shapes = one_liveness(held.values(), many=True)
    context = {LIVENESS: dict(zip(held, shapes.data, strict=True))}
    many = one_gateway(rows, many=True, context=context)
    return [dict(shape) for shape in many.data]


def shape_of(environment: Environment, gateway: Gateway) -> dict[str, Any]:
    """Return the shape of one gateway. Two queries."""
    return shapes_of(environment, [gateway])[0]
