"""Passwords, salts and second factors: set, turned over, reset; never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.permissions import IsPerson
from tenants.api.scope import OWN, PLATFORM, OrganisationView, PersonView
from tenants.api.user_scope import UserView
from tenants.secrets import INSTALLATION
from tenants.services import passwords, second_factor
from tenants.services.salts import rotate_salt
from vamp.documents.validation import Strict
from vamp.errors import Fault, Rejected

Password = Annotated[str, Field(max_length=1000, repr=False)]


class PasswordChange(Strict):
    """A change of one's own password."""

    old: Password
    new: Password


class NewPassword(Strict):
    """A password that an administrator sets.

    Attributes:
        must_change: the person is asked for one of their own at the next sign-in.
    """

    password: Password
    must_change: bool = True


class Activity(Strict):
    """Whether somebody may sign in."""

    is_active: bool


class SaltSerializer(serializers.Serializer[Any]):
    """The salt that passwords are mixed with from now on, by its key id."""

    salt = serializers.CharField()


class FactorSerializer(serializers.Serializer[Any]):
    """A second factor of a user; its secret is never shown."""

    type = serializers.CharField(help_text="totp, webauthn or recovery_codes.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class MyPassword(PersonView):
    """The caller's password."""

    permission_classes = [IsPerson]
    rights: ClassVar[Mapping[str, str]] = OWN

    @extend_schema(operation_id="my_password_change", request=PasswordChange, responses={204: None})
    def put(self, request: Request) -> Response:
        """Change the caller's password. All other sessions of the caller end."""
        wanted = self.body(PasswordChange)
        if not self.me.has_usable_password():
            fault = Fault("", "you sign in through your organisation and have no password here")
            raise Rejected(faults=[fault])
        key = request.session.session_key
        passwords.change_password(
            self.me, wanted.old, wanted.new, actor=self.actor, session_key=key
        )
        if request.auth is None:  # by session, which is tied to the password that was
            update_session_auth_hash(request, self.me)
        return Response(status=204)


class UserPassword(UserView):
    """The password of a user."""

    rights: ClassVar[Mapping[str, str]] = {"PUT": "user.change"}

    @extend_schema(operation_id="user_password_set", request=NewPassword, responses={204: None})
    def put(self, request: Request, organisation: str, user: str) -> Response:
        """Set the user's password. All sessions of the user end."""
        wanted = self.body(NewPassword)
        self.refuse_beyond_own()
        passwords.set_password(
            self.user, wanted.password, actor=self.actor, must_change=wanted.must_change
        )
        return Response(status=204)


class UserActivity(UserView):
    """Whether a user may sign in."""

    rights: ClassVar[Mapping[str, str]] = {"PUT": "user.change"}

    @extend_schema(operation_id="user_activity_set", request=Activity, responses={204: None})
    def put(self, request: Request, organisation: str, user: str) -> Response:
        """Switch the user off, whose sessions and tokens end at once, or on again."""
        self.refuse_beyond_own()
        passwords.set_active(self.user, self.body(Activity).is_active, actor=self.actor)
        return Response(status=204)


class UserFactors(UserView):
    """The second factors of a user."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "user.view", "DELETE": "user.change"}

    @extend_schema(operation_id="user_factors_list", responses=FactorSerializer(many=True))
    def get(self, request: Request, organisation: str, user: str) -> Response:
        """List the user's second factors."""
        return Response(FactorSerializer(second_factor.factors_of(self.user), many=True).data)

    @extend_schema(operation_id="user_factors_reset", request=None, responses={204: None})
    def delete(self, request: Request, organisation: str, user: str) -> Response:
        """Take all second factors from a user who lost them. All sessions of the user end."""
        self.refuse_beyond_own()
        second_factor.reset(self.user, actor=self.actor)
        return Response(status=204)


class OrganisationSalt(OrganisationView):
    """The salt of an organisation's passwords."""

    rights: ClassVar[Mapping[str, str]] = {"POST": "organisation.change"}

    @extend_schema(operation_id="salt_rotate", request=None, responses={201: SaltSerializer})
    def post(self, request: Request, organisation: str) -> Response:
        """Make a new salt. Each password moves to it at its owner's next sign-in."""
        key_id = rotate_salt(self.organisation, actor=self.actor)
        return Response({"salt": key_id}, status=201)


class InstallationSalt(PersonView):
    """The salt of platform administrators' passwords."""

    rights: ClassVar[Mapping[str, str]] = {"POST": PLATFORM}

    @extend_schema(
        operation_id="installation_salt_rotate", request=None, responses={201: SaltSerializer}
    )
    def post(self, request: Request) -> Response:
        """Make a new salt. Each password moves to it at its owner's next sign-in."""
        return Response({"salt": rotate_salt(INSTALLATION, actor=self.actor)}, status=201)
