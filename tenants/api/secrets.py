"""Secrets of organisations and environments: written, and never shown again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import EnvironmentView, OrganisationView
from tenants.connections import namespaces
from tenants.domain.namespace import MOST_SECRET_CHARACTERS
from tenants.secrets import Row
from tenants.services.namespaces import forget_secret, secret_names, set_secret
from vamp.documents.validation import Strict


class SecretSerializer(serializers.Serializer[Any]):
    """Whether a secret is set, and by whom; never its value."""

    name = serializers.CharField()
    is_set = serializers.BooleanField()
    set_at = serializers.DateTimeField(allow_null=True)
    set_by = serializers.CharField(allow_null=True)


class NewSecret(Strict):
    """A secret to be written."""

    value: Annotated[str, Field(min_length=1, max_length=MOST_SECRET_CHARACTERS, repr=False)]


def listed(row: Row) -> Sequence[dict[str, Any]]:
    """Return what may be told of the secrets of `row`. At most one read of the store."""
    held = namespaces.document(row).secrets
    return [
        {
            "name": name,
            "is_set": name in held,
            "set_at": held[name].set_at if name in held else None,
            "set_by": held[name].set_by if name in held else None,
        }
        for name in secret_names(row)
    ]


class OrganisationSecrets(OrganisationView):
    """The secrets of an organisation."""

    rights = {"GET": "secret.view"}

    @extend_schema(operation_id="organisation_secrets_list", responses=SecretSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """Say which secrets there are and which are set."""
        return Response(SecretSerializer(listed(self.organisation), many=True).data)


class OrganisationSecret(OrganisationView):
    """One secret of an organisation."""

    rights = {"PUT": "secret.change", "DELETE": "secret.change"}

    @extend_schema(operation_id="organisation_secret_set", request=NewSecret, responses={204: None})
    def put(self, request: Request, organisation: str, secret: str) -> Response:
        """Write a secret."""
        set_secret(self.organisation, secret, self.body(NewSecret).value, actor=self.actor)
        return Response(status=204)

    @extend_schema(operation_id="organisation_secret_forget", responses={204: None})
    def delete(self, request: Request, organisation: str, secret: str) -> Response:
        """Remove a secret."""
        forget_secret(self.organisation, secret, actor=self.actor)
        return Response(status=204)


class EnvironmentSecrets(EnvironmentView):
    """The secrets of an environment."""

    rights = {"GET": "secret.view"}

    @extend_schema(operation_id="secrets_list", responses=SecretSerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """Say which secrets there are and which are set."""
        return Response(SecretSerializer(listed(self.environment), many=True).data)


class EnvironmentSecret(EnvironmentView):
    """One secret of an environment."""

    rights = {"PUT": "secret.change", "DELETE": "secret.change"}

    @extend_schema(operation_id="secret_set", request=NewSecret, responses={204: None})
    def put(self, request: Request, organisation: str, environment: str, secret: str) -> Response:
        """Write a secret."""
        set_secret(self.environment, secret, self.body(NewSecret).value, actor=self.actor)
        return Response(status=204)

    @extend_schema(operation_id="secret_forget", responses={204: None})
    def delete(
        self, request: Request, organisation: str, environment: str, secret: str
    ) -> Response:
        """Remove a secret."""
        forget_secret(self.environment, secret, actor=self.actor)
        return Response(status=204)
