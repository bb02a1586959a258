"""Cloning an environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.environments import EnvironmentChange, EnvironmentSerializer
from tenants.api.organisations import given
from tenants.api.scope import EnvironmentView
from tenants.services.cloning import clone_environment


class NewClone(EnvironmentChange):
    """A clone to be made; what is left out is that of the environment it is a clone of.

    Attributes:
        name: of the clone.
        database: alias of the database for its rows; empty for that of the other.
        with_secrets: copy secrets too, where the clone has the same stores.
    """

    name: str
    database: str = ""
    with_secrets: bool = False


class CloneSerializer(serializers.Serializer[Any]):
    """What became of a clone."""

    environment = EnvironmentSerializer()
    copied = serializers.DictField(child=serializers.IntegerField(), help_text="Kind to how many.")
    secrets_set = serializers.ListField(child=serializers.CharField())
    secrets_missing = serializers.ListField(
        child=serializers.CharField(), help_text="Secrets that must be set."
    )
    notes = serializers.ListField(child=serializers.CharField())


class CloneEnvironment(EnvironmentView):
    """Clones of an environment."""

    rights: ClassVar[Mapping[str, str]] = {"POST": "environment.create"}
    changes_idle = True  # an archived environment may be copied; the clone is another

    @extend_schema(
        operation_id="environment_clone", request=NewClone, responses={201: CloneSerializer}
    )
    def post(self, request: Request, organisation: str, environment: str) -> Response:
        """Make an environment like this one: configuration, gateways, policies. No releases."""
        wanted = given(self.body(NewClone))
        if wanted.get("with_secrets"):
            self.require("secret.change")
        made = clone_environment(self.environment, actor=self.actor, by=self.authority, **wanted)
        return Response(CloneSerializer(made).data, status=201)
