"""The caller, and the people of an organisation."""

from __future__ import annotations

import time
from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.scope import MEMBERS, OrganisationView, PersonView
from tenants.authorisation import Principal, authority_of
from tenants.models import User
from tenants.models.principal import ServiceAccount
from tenants.services.delegation import refuse_power_over
from tenants.services.people import (
    change_user,
    create_user,
    create_user_with_role,
    delete_user,
)
from vamp.api.names import BeginsQuery, beginning
from vamp.api.pagination import NumberedPages
from vamp.documents.validation import Strict
from vamp.errors import Fault, Invalid, NotFound


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


class MeSerializer(serializers.Serializer[Any]):
    """Who the caller is, and what they may do."""

    login = serializers.CharField()
    organisation = serializers.CharField(allow_null=True)
    full_name = serializers.CharField()
    email = serializers.CharField()
    is_active = serializers.BooleanField()
    is_platform_administrator = serializers.BooleanField()
    joined_at = serializers.DateTimeField(allow_null=True)
    token = serializers.CharField(allow_null=True, help_text="Name of the token that was sent.")
    grants = serializers.ListField(
        child=serializers.DictField(), help_text="Each role, and where: the caller's own bindings."
    )


class UserChange(Strict):
    """What may be changed of a user; what is left out stays."""

    full_name: Annotated[str, Field(max_length=127)] = ""
    email: Annotated[str, Field(max_length=254)] = ""
    is_active: bool = True


class NewUser(Strict):
    """A user to be made.

    Attributes:
        login: ``organisation/user``, with the organisation of the address.
        role: given to them on the whole organisation; left out: none yet.
        must_change_password: asks for one of the person's own at the first sign-in.
    """

    login: Annotated[str, Field(max_length=127)]
    password: Annotated[str, Field(max_length=1000, repr=False)]
    full_name: Annotated[str, Field(max_length=127)] = ""
    email: Annotated[str, Field(max_length=254)] = ""
    role: Annotated[str, Field(max_length=63)] = ""
    must_change_password: bool = False


class Me(PersonView):
    """Who the caller is."""

    rights = {"GET": MEMBERS}

    @extend_schema(operation_id="me_read", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Show who the token or the session stands for, and what they may do."""
        return Response(MeSerializer(described(self.person)).data)


class Users(OrganisationView):
    """The people of an organisation."""

    rights = {"GET": "user.view", "POST": "user.create"}
    pagination_class = NumberedPages
    queries = {"GET": BeginsQuery}

    @extend_schema(operation_id="users_list", responses=UserSerializer(many=True))
    def get(self, request: Request, organisation: str) -> Response:
        """List the people of the organisation; `begins` is of what follows the slash of a login."""
        rows = self.organisation.users.select_related("organisation")
        mine = beginning(rows, self.wanted, field="login", before=f"{organisation}/")
        return self.page(mine, UserSerializer)

    @extend_schema(operation_id="users_create", request=NewUser, responses={201: UserSerializer})
    def post(self, request: Request, organisation: str) -> Response:
        """Make a user of the organisation, perhaps with a role on all of it."""
        wanted = self.body(NewUser)
        refuse_other_organisation(wanted.login, self.organisation.name)
        fields = wanted.model_dump(exclude={"role"})
        if not wanted.role:
            user = create_user(**fields, organisation=self.organisation, actor=self.actor)
            return Response(UserSerializer(user).data, status=201)
        self.require("binding.create")
        user = create_user_with_role(
            **fields,
            role=wanted.role,
            organisation=self.organisation,
            actor=self.actor,
            authority=self.authority,
        )
        return Response(UserSerializer(user).data, status=201)


class UserDetail(OrganisationView):
    """One user of an organisation, by what follows the slash of their login."""

    rights = {"GET": "user.view", "PATCH": "user.change", "DELETE": "user.delete"}

    @extend_schema(operation_id="users_read", responses=UserSerializer)
    def get(self, request: Request, organisation: str, user: str) -> Response:
        """Show one user."""
        return Response(UserSerializer(self._user(user)).data)

    @extend_schema(operation_id="users_change", request=UserChange, responses=UserSerializer)
    def patch(self, request: Request, organisation: str, user: str) -> Response:
        """Change name, address, or whether they may log in; what is left out stays."""
        wanted = self.body(UserChange).model_dump(exclude_unset=True)
        found = self._user(user)
        refuse_power_over(self.authority, found)
        return Response(UserSerializer(change_user(found, actor=self.actor, **wanted)).data)

    @extend_schema(operation_id="users_delete", responses={204: None})
    def delete(self, request: Request, organisation: str, user: str) -> Response:
        """Delete a user with their tokens and bindings; the audit trail keeps their login."""
        found = self._user(user)
        refuse_power_over(self.authority, found)
        delete_user(found, actor=self.actor)
        return Response(status=204)

    def _user(self, name: str) -> User:
        return user_of(self.organisation.users.select_related("organisation"), name)


def user_of(rows: Any, name: str) -> User:
    """Return one of `rows`, users of one organisation, by what follows the slash of their login.

    Raises:
        NotFound: there is none of that name.
    """
    found: User | None = rows.filter(login__endswith=f"/{name}").first() if name else None
    if found is None:
        raise NotFound(f"There is no user {name}.")
    return found


def described(principal: Principal) -> dict[str, Any]:
    """Return who a principal is, with the grants that hold now."""
    token = principal.token if isinstance(principal, ServiceAccount) else principal.token_used
    now_s = time.time()
    return {
        "login": principal.login,
        "organisation": principal.organisation.name if principal.organisation else None,
        "full_name": "" if isinstance(principal, ServiceAccount) else principal.full_name,
        "email": "" if isinstance(principal, ServiceAccount) else principal.email,
        "is_active": principal.is_active,
        "is_platform_administrator": principal.is_platform_administrator,
        "joined_at": getattr(principal, "joined_at", None),
        "token": token.name if token else None,
        "grants": [
            {"role": grant.role, "scope": grant.scope, "rights": sorted(grant.rights)}
            for grant in authority_of(principal).grants
            if not grant.is_over(now_s)
        ],
    }


def refuse_other_organisation(login: str, organisation: str) -> None:
    """Refuse a login that does not begin with the organisation of the address.

    Raises:
        Invalid: see above.
    """
    if login.rpartition("/")[0] != organisation:
        message = f"the login must begin with {organisation}/"
        raise Invalid(faults=[Fault("/login", message, f"such as {organisation}/ana")])
