"""The caller, and the people of an organisation."""

from __future__ import annotations

from typing import Annotated

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.permissions import IsPlatformAdministratorOrReads
from tenants.api.scope import OrganisationView, PersonView
from tenants.models import User
from tenants.services.people import create_user
from vamp.api.pagination import NumberedPages
from vamp.documents.validation import Strict
from vamp.errors import Fault, Invalid


class UserSerializer(serializers.Serializer[User]):
    """Somebody who may log in."""

    login = serializers.CharField()
    organisation = serializers.CharField(source="organisation.name", default=None, allow_null=True)
    full_name = serializers.CharField()
    email = serializers.CharField()
    is_active = serializers.BooleanField()
    must_change_password = serializers.BooleanField()
    is_platform_administrator = serializers.BooleanField()
    joined_at = serializers.DateTimeField()


class NewUser(Strict):
    """A user to be made.

    Attributes:
        login: ``organisation/user``, with the organisation of the address.
        must_change_password: asks for one of the person's own at the first sign-in.
    """

    login: Annotated[str, Field(max_length=127)]
    password: Annotated[str, Field(max_length=1000)]
    full_name: Annotated[str, Field(max_length=127)] = ""
    email: Annotated[str, Field(max_length=254)] = ""
    must_change_password: bool = False


class Me(PersonView):
    """Who the caller is."""

    @extend_schema(operation_id="me_read", responses=UserSerializer)
    def get(self, request: Request) -> Response:
        """Show who the token or the session stands for."""
        return Response(UserSerializer(self.person).data)


class Users(OrganisationView):
    """The people of an organisation."""

    permission_classes = [IsPlatformAdministratorOrReads]
    pagination_class = NumberedPages

    @extend_schema(operation_id="users_list", responses=UserSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List the people of the organisation."""
        return self.page(self.organisation.users.select_related("organisation"), UserSerializer)

    @extend_schema(operation_id="users_create", request=NewUser, responses={201: UserSerializer})
    def post(self, request: Request, organisation: str) -> Response:
        """Make a user of the organisation. For platform administrators."""
        wanted = self.body(NewUser)
        refuse_other_organisation(wanted.login, self.organisation.name)
        user = create_user(**wanted.model_dump(), organisation=self.organisation, actor=self.actor)
        return Response(UserSerializer(user).data, status=201)


def refuse_other_organisation(login: str, organisation: str) -> None:
    """Refuse a login that does not begin with the organisation of the address.

    Raises:
        Invalid: see above.
    """
    if login.rpartition("/")[0] != organisation:
        message = f"the login must begin with {organisation}/"
        raise Invalid(faults=[Fault("/login", message, f"such as {organisation}/ana")])
