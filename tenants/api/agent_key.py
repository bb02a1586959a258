"""The key by which an environment's agents open the key-value store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import EnvironmentView
from tenants.connections import kv_url
from tenants.services.agent_keys import GRACE_S, LONGEST_GRACE_S, rotate_agent_key
from vamp.documents.validation import Strict


class KeyRotation(Strict):
    """How long the old key goes on, in seconds."""

    grace_s: Annotated[float, Field(ge=0, le=LONGEST_GRACE_S)] = GRACE_S


class AgentKeySerializer(serializers.Serializer[Any]):
    """A new key; it is not shown again."""

    url = serializers.CharField(help_text="VAMP_AGENT_KV_URL.")
    key = serializers.CharField(help_text="VAMP_AGENT_KV_KEY.")
    old_ends_at = serializers.DateTimeField(help_text="Agents need the new one before.")


class AgentKey(EnvironmentView):
    """The agents' key."""

    rights: ClassVar[Mapping[str, str]] = {"POST": "agent.create"}

    @extend_schema(
        operation_id="agent_key_rotate", request=KeyRotation, responses={201: AgentKeySerializer}
    )
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Make a new key and show it once; the one before ends after the grace."""
        wanted = self.body(KeyRotation)
        key = rotate_agent_key(self.environment, grace_s=wanted.grace_s, actor=self.actor)
        made = {
            "url": kv_url(self.environment),
            "key": key,
            "old_ends_at": self.environment.agent_keys_end_at,
        }
        return Response(AgentKeySerializer(made).data, status=201)
