"""API tokens: their text is shown once, when they are made."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from pydantic import AwareDatetime, Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import MEMBERS, OrganisationView
from tenants.authorisation import may
from tenants.domain.authority import ORGANISATION, Target
from tenants.models import ApiToken, Environment, Organisation, User
from tenants.selectors import environment_for
from tenants.services.agent_events import renewed_events_key
from tenants.services.delegation import refuse_power_over
from tenants.services.token_rights import REVOKE, ROTATE, refuse_limited, refuse_touch
from tenants.services.tokens import create_token, revoke_token, rotate_token
from vamp.api.names import BeginsQuery, beginning
from vamp.api.pagination import NumberedPages
from vamp.documents.validation import Strict
from vamp.errors import Fault, Invalid, NotFound


class TokenSerializer(serializers.Serializer[ApiToken]):
    """A token, without its secret."""

    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How its text begins.")
    user = serializers.CharField(source="user.login", default=None, allow_null=True)
    environment = serializers.CharField(
        source="agent_of.name", default=None, allow_null=True, help_text="Whose agents it is for."
    )
    is_service = serializers.BooleanField(help_text="Stands for itself, by its own bindings.")
    rights = serializers.ListField(child=serializers.CharField(), help_text="Empty: all.")
    only_environment = serializers.CharField(
        source="environment.name", default=None, allow_null=True
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


class RotatedTokenSerializer(CreatedTokenSerializer):
    """A token that was given another text."""

    events_key = serializers.SerializerMethodField(
        help_text="What its agents hear events with from now on, shown this once; empty for none."
    )

    def get_events_key(self, token: ApiToken) -> str:
        """Return the key that the view was given with the row."""
        return str(self.context["events_key"])


class NewToken(Strict):
    """A token to be made: for the caller where neither of the first three is given.

    Attributes:
        user: login of another user.
        environment: name of the environment whose agents it is for.
        is_service: it stands for itself: role bindings say what it may do.
        rights: of all that the user may do only this; left out: all.
        only_environment: in this environment alone.
    """

    name: Annotated[str, Field(min_length=1, max_length=127, pattern=r"^[A-Za-z0-9][\w.-]*$")]
    user: str | None = None
    environment: str | None = None
    is_service: bool = False
    rights: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=200)] = []
    only_environment: str | None = None
    expires_at: AwareDatetime | None = None


class Rotation(Strict):
    """How long a token's present text holds on.

    Attributes:
        grace_s: seconds; 0 ends it at once.
    """

    grace_s: Annotated[int, Field(ge=0, le=2_592_000)] = 0


class Tokens(OrganisationView):
    """The tokens of an organisation."""

    rights = {"GET": MEMBERS, "POST": MEMBERS}  # of one's own; others' need rights
    pagination_class = NumberedPages
    queries = {"GET": BeginsQuery}

    @extend_schema(operation_id="tokens_list", responses=TokenSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List the organisation's tokens; without ``token.view``, the caller's own."""
        return self.page(beginning(tokens_of(self), self.wanted), TokenSerializer)

    @extend_schema(
        operation_id="tokens_create", request=NewToken, responses={201: CreatedTokenSerializer}
    )
    def post(self, request: Request, organisation: str) -> Response:
        """Make a token for the caller, for the agents of an environment, or for a service."""
        wanted = self.body(NewToken)
        token, text = create_token(
            wanted.name,
            actor=self.actor,
            user=self._user(wanted),
            agent_of=self._agent_of(wanted),
            service_of=self._service_of(wanted),
            rights=wanted.rights,
            environment=self._environment(wanted.only_environment),
            expires_at=wanted.expires_at,
        )
        shape: Any = CreatedTokenSerializer(token, context={"text": text})
        return Response(shape.data, status=201, headers={"Cache-Control": "no-store"})

    def _user(self, wanted: NewToken) -> User | None:
        if wanted.is_service or (wanted.environment is not None and wanted.user is None):
            return None
        if isinstance(self.person, User) and self._is_own(wanted.user):
            refuse_limited(self.person)
            return self.person
        self.require("token.create")
        user = self.organisation.users.filter(login=wanted.user or "").first()
        if user is None:
            name = self.organisation.name
            message = f"{name} has no user {wanted.user}" if wanted.user else "`user` is missing"
            raise Invalid(faults=[Fault("/user", message, f"such as {name}/ana")])
        # Whoever has the token is that user.
        refuse_power_over(self.authority, user)
        return user

    def _is_own(self, login: str | None) -> bool:
        return login in (None, self.person.login) and self.person.organisation_id is not None

    def _agent_of(self, wanted: NewToken) -> Environment | None:
        environment = self._environment(wanted.environment)
        if environment is not None:
            self.require("agent.create", Target(environment.name))
        return environment

    def _service_of(self, wanted: NewToken) -> Organisation | None:
        if not wanted.is_service:
            return None
        self.require("token.create")
        return self.organisation

    def _environment(self, name: str | None) -> Environment | None:
        if name is None:
            return None
        return environment_for(self.person, self.organisation.name, name)


class TokenDetail(OrganisationView):
    """One token."""

    rights = {"GET": MEMBERS, "DELETE": MEMBERS, "POST": MEMBERS}
    changes_idle = True  # what is archived must not keep anybody from making a token worthless

    @extend_schema(operation_id="tokens_read", responses=TokenSerializer)
    def get(self, request: Request, organisation: str, token: str) -> Response:
        """Show one token, without its secret."""
        return Response(TokenSerializer(token_of(self, token)).data)

    @extend_schema(operation_id="tokens_rotate", request=Rotation, responses=RotatedTokenSerializer)
    def post(self, request: Request, organisation: str, token: str) -> Response:
        """Give a token another text, shown this once; the present one holds on for a while.

        So does what its agents hear events with: they need the new one of that as well.
        """
        found = token_of(self, token)
        refuse_touch(self.person, found, ROTATE)
        grace = timedelta(seconds=self.body(Rotation).grace_s)
        text = rotate_token(found, actor=self.actor, grace=grace)
        given = {"text": text, "events_key": renewed_events_key(found)}
        shape: Any = RotatedTokenSerializer(found, context=given)
        return Response(shape.data, headers={"Cache-Control": "no-store"})

    @extend_schema(operation_id="tokens_revoke", responses={204: None})
    def delete(self, request: Request, organisation: str, token: str) -> Response:
        """Make a token worthless at once."""
        found = token_of(self, token)
        refuse_touch(self.person, found, REVOKE)
        revoke_token(found, actor=self.actor)
        return Response(status=204)


def tokens_of(view: OrganisationView) -> QuerySet[ApiToken]:
    """Return the tokens that the caller may see: all with ``token.view``, else their own."""
    rows = ApiToken.objects.filter(organisation=view.organisation)
    if not may(view.person, "token.view", ORGANISATION):
        person = view.person
        is_user = isinstance(person, User)
        rows = rows.filter(user_id=person.pk) if is_user else rows.filter(pk=person.pk)
    return rows.select_related("user", "agent_of", "organisation", "environment")


def token_of(view: OrganisationView, name: str) -> ApiToken:
    """Return one token by its name.

    Raises:
        NotFound: there is none of that name that the caller may see.
    """
    token: ApiToken | None = tokens_of(view).filter(name=name).first()
    if token is None:
        raise NotFound(f"There is no token {name} in {view.organisation}.")
    return token
