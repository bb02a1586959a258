"""API tokens: their text is shown once, when they are made."""

from __future__ import annotations

from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from pydantic import AwareDatetime, Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import OrganisationView
from tenants.models import ApiToken, Environment, Organisation, User
from tenants.selectors import environment_for
from tenants.services.people import create_token, revoke_token
from vamp.api.pagination import NumberedPages
from vamp.documents.validation import Strict
from vamp.errors import Fault, Invalid, NotAllowed, NotFound


class TokenSerializer(serializers.Serializer[ApiToken]):
    """A token, without its secret."""

    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How its text begins.")
    user = serializers.CharField(source="user.login", default=None, allow_null=True)
    environment = serializers.CharField(
        source="agent_of.name", default=None, allow_null=True, help_text="Whose agents it is for."
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class CreatedTokenSerializer(TokenSerializer):
    """A token that was just made."""

    text = serializers.SerializerMethodField(help_text="The secret, shown this once.")

    def get_text(self, token: ApiToken) -> str:
        """Return the text that the view was given with the row."""
        return str(self.context["text"])


class NewToken(Strict):
    """A token to be made: for the caller where neither `user` nor `environment` is given.

    Attributes:
        user: login of another user; for platform administrators.
        environment: name of the environment whose agents it is for.
    """

    name: Annotated[str, Field(min_length=1, max_length=127, pattern=r"^[A-Za-z0-9][\w.-]*$")]
    user: str | None = None
    environment: str | None = None
    expires_at: AwareDatetime | None = None


class Tokens(OrganisationView):
    """The tokens of an organisation."""

    pagination_class = NumberedPages

    @extend_schema(operation_id="tokens_list", responses=TokenSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List the organisation's tokens."""
        return self.page(tokens_of(self.organisation, self.person), TokenSerializer)

    @extend_schema(
        operation_id="tokens_create", request=NewToken, responses={201: CreatedTokenSerializer}
    )
    def post(self, request: Request, organisation: str) -> Response:
        """Make a token for the caller, or for the agents of an environment."""
        wanted = self.body(NewToken)
        token, text = create_token(
            wanted.name,
            actor=self.actor,
            user=self._user(wanted),
            agent_of=self._environment(wanted),
            expires_at=wanted.expires_at,
        )
        shape: Any = CreatedTokenSerializer(token, context={"text": text})
        return Response(shape.data, status=201, headers={"Cache-Control": "no-store"})

    def _user(self, wanted: NewToken) -> User | None:
        if wanted.environment is not None and wanted.user is None:
            return None
        if wanted.user in (None, self.person.login) and self.person.organisation_id:
            return self.person
        if not self.person.is_platform_administrator:
            raise NotAllowed("Only a platform administrator may make tokens of other users.")
        user = self.organisation.users.filter(login=wanted.user or "").first()
        if user is None:
            name = self.organisation.name
            message = f"{name} has no user {wanted.user}" if wanted.user else "`user` is missing"
            raise Invalid(faults=[Fault("/user", message, f"such as {name}/ana")])
        return user

    def _environment(self, wanted: NewToken) -> Environment | None:
        if wanted.environment is None:
            return None
        return environment_for(self.person, self.organisation.name, wanted.environment)


class TokenDetail(OrganisationView):
    """One token."""

    changes_idle = True  # what is archived must not keep anybody from making a token worthless

    @extend_schema(operation_id="tokens_read", responses=TokenSerializer)
    def get(self, request: Request, organisation: str, token: str) -> Response:
        """Show one token, without its secret."""
        return Response(TokenSerializer(token_of(self.organisation, self.person, token)).data)

    @extend_schema(operation_id="tokens_revoke", responses={204: None})
    def delete(self, request: Request, organisation: str, token: str) -> Response:
        """Make a token worthless at once: one's own, or an agents' token."""
        found = token_of(self.organisation, self.person, token)
        if found.user not in (None, self.person) and not self.person.is_platform_administrator:
            raise NotAllowed("Only a platform administrator may revoke tokens of other users.")
        revoke_token(found, actor=self.actor)
        return Response(status=204)


def tokens_of(organisation: Organisation, person: User) -> Any:
    """Return the tokens of `organisation` that `person` may see, with whom they stand for."""
    rows = ApiToken.objects.visible_to(person).filter(organisation=organisation)
    return rows.select_related("user", "agent_of")


def token_of(organisation: Organisation, person: User, name: str) -> ApiToken:
    """Return one token by its name.

    Raises:
        NotFound: the organisation has none of that name.
    """
    token: ApiToken | None = tokens_of(organisation, person).filter(name=name).first()
    if token is None:
        raise NotFound(f"There is no token {name} in {organisation}.")
    return token
