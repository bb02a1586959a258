"""How an organisation's people sign in: the second factor asked of them, and single sign-on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import PLATFORM, OrganisationView, PersonView
from tenants.models import IdentityProvider, SsoGroupMapping
from tenants.services import second_factor, single_sign_on
from vamp.documents.validation import Strict
from vamp.errors import NotFound

MOST_MAPPINGS = 500


class SignInPolicySerializer(serializers.Serializer[Any]):
    """What is asked of whoever signs in."""

    second_factor = serializers.CharField(help_text="nobody, passwords or everybody.")
    grace_days = serializers.IntegerField()
    required_since = serializers.DateTimeField(allow_null=True)


class SignInPolicyChange(Strict):
    """Of whom a second factor is asked."""

    second_factor: str
    grace_days: int = 7


class GroupMapping(Strict):
    """A group of the provider's, and the group that its members join here."""

    claim: Annotated[str, Field(min_length=1, max_length=255)]
    group: Annotated[str, Field(min_length=1, max_length=63)]


class NewProvider(Strict):
    """An OpenID Connect provider; the client's secret is the organisation's secret `sso`."""

    title: Annotated[str, Field(min_length=1, max_length=63)]
    issuer: Annotated[str, Field(max_length=255)]
    client_id: Annotated[str, Field(min_length=1, max_length=255)]
    login_claim: Annotated[str, Field(min_length=1, max_length=63)] = "preferred_username"
    groups_claim: Annotated[str, Field(max_length=63)] = "groups"
    makes_users: bool = True
    takes_over_users: bool = False
    is_enabled: bool = True
    groups: Annotated[list[GroupMapping], Field(max_length=MOST_MAPPINGS)] = []


class MappingSerializer(serializers.Serializer[SsoGroupMapping]):
    """See `GroupMapping`."""

    claim = serializers.CharField(source="claim_value")
    group = serializers.CharField(source="group_name")


class ProviderSerializer(serializers.Serializer[IdentityProvider]):
    """See `NewProvider`."""

    title = serializers.CharField()
    issuer = serializers.CharField()
    client_id = serializers.CharField()
    login_claim = serializers.CharField()
    groups_claim = serializers.CharField()
    makes_users = serializers.BooleanField()
    takes_over_users = serializers.BooleanField()
    is_enabled = serializers.BooleanField()
    groups = MappingSerializer(source="organisation.sso_groups.all", many=True)


class SignIn(OrganisationView):
    """What an organisation asks of whoever signs in."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "organisation.view", "PUT": "organisation.change"}

    @extend_schema(operation_id="sign_in_read", responses=SignInPolicySerializer)
    def get(self, request: Request, organisation: str) -> Response:
        """Show of whom a second factor is asked."""
        return Response(SignInPolicySerializer(second_factor.policy_of(self.organisation)).data)

    @extend_schema(
        operation_id="sign_in_set", request=SignInPolicyChange, responses=SignInPolicySerializer
    )
    def put(self, request: Request, organisation: str) -> Response:
        """Say of whom a second factor is asked, and how long they have to set one up."""
        wanted = self.body(SignInPolicyChange)
        policy = second_factor.set_policy(
            self.organisation, actor=self.actor, **wanted.model_dump()
        )
        return Response(SignInPolicySerializer(policy).data)


class InstallationSignIn(PersonView):
    """What is asked of platform administrators when they sign in."""

    rights: ClassVar[Mapping[str, str]] = {"GET": PLATFORM, "PUT": PLATFORM}

    @extend_schema(operation_id="installation_sign_in_read", responses=SignInPolicySerializer)
    def get(self, request: Request) -> Response:
        """Show whether platform administrators must have a second factor. For them alone."""
        return Response(SignInPolicySerializer(second_factor.policy_of(None)).data)

    @extend_schema(
        operation_id="installation_sign_in_set",
        request=SignInPolicyChange,
        responses=SignInPolicySerializer,
    )
    def put(self, request: Request) -> Response:
        """Say whether they must, and how long they have to set one up. For them alone."""
        wanted = self.body(SignInPolicyChange)
        policy = second_factor.set_policy(None, actor=self.actor, **wanted.model_dump())
        return Response(SignInPolicySerializer(policy).data)


class SingleSignOn(OrganisationView):
    """The identity provider of an organisation."""

    rights: ClassVar[Mapping[str, str]] = {
        "GET": "organisation.view",
        "PUT": PLATFORM,
        "DELETE": PLATFORM,
    }

    @extend_schema(operation_id="single_sign_on_read", responses=ProviderSerializer)
    def get(self, request: Request, organisation: str) -> Response:
        """Show by which provider the organisation's people sign in."""
        rows = IdentityProvider.objects.filter(organisation=self.organisation)
        found = rows.prefetch_related("organisation__sso_groups").first()
        if found is None:
            raise NotFound(f"{organisation} has no identity provider.")
        return Response(ProviderSerializer(found).data)

    @extend_schema(
        operation_id="single_sign_on_set", request=NewProvider, responses=ProviderSerializer
    )
    def put(self, request: Request, organisation: str) -> Response:
        """Set the provider and the mapping of its groups. Replaces what was there."""
        wanted = self.body(NewProvider).model_dump()
        groups = [(each["claim"], each["group"]) for each in wanted.pop("groups")]
        provider = single_sign_on.set_provider(
            self.organisation, groups=groups, actor=self.actor, **wanted
        )
        return Response(ProviderSerializer(provider).data)

    @extend_schema(operation_id="single_sign_on_remove", request=None, responses={204: None})
    def delete(self, request: Request, organisation: str) -> Response:
        """Remove the provider. Users stay; nobody signs in by it any more."""
        single_sign_on.remove_provider(self.organisation, actor=self.actor)
        return Response(status=204)
