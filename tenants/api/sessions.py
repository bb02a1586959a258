"""Sessions of the screens: where people are signed in, and ending that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.permissions import IsPerson
from tenants.api.scope import OWN, PersonView
from tenants.api.user_scope import UserView
from tenants.models import User, UserSession
from tenants.services.sessions import end_session, end_sessions
from tenants.sessions import digest_of
from vamp.api.pagination import NumberedPages
from vamp.errors import NotFound


class SessionSerializer(serializers.Serializer[UserSession]):
    """A browser in which somebody is signed in."""

    id = serializers.CharField(source="short_id")
    address = serializers.CharField(help_text="Where it was signed in from.")
    browser = serializers.CharField(help_text="What it called itself then.")
    since = serializers.DateTimeField()
    seen_at = serializers.DateTimeField(help_text="When it was last used, to the minute.")
    is_this = serializers.SerializerMethodField(help_text="It sends this very request.")

    def get_is_this(self, session: UserSession) -> bool:
        """Tell whether the request came with this session's cookie."""
        key = getattr(self.context["request"].session, "session_key", None)
        return bool(key) and session.session_key == digest_of(str(key))


class EndedSerializer(serializers.Serializer[Any]):
    """How many sessions ended."""

    ended = serializers.IntegerField()


class MySessions(PersonView):
    """The caller's sessions."""

    permission_classes = [IsPerson]
    rights: ClassVar[Mapping[str, str]] = OWN
    pagination_class = NumberedPages

    @extend_schema(operation_id="my_sessions_list", responses=SessionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List where the caller is signed in."""
        return self.page(self.me.sessions.live(timezone.now()), SessionSerializer)

    @extend_schema(operation_id="my_sessions_end", request=None, responses=EndedSerializer)
    def delete(self, request: Request) -> Response:
        """End all of the caller's sessions but the one that sends this."""
        key = request.session.session_key
        return Response({"ended": end_sessions(self.me, actor=self.actor, but=key)})


class MySession(PersonView):
    """One session of the caller's."""

    permission_classes = [IsPerson]
    rights: ClassVar[Mapping[str, str]] = OWN

    @extend_schema(operation_id="my_session_end", request=None, responses={204: None})
    def delete(self, request: Request, session: str) -> Response:
        """End it: its browser is signed out with its next request."""
        end_session(session_of(self.me, session), actor=self.actor)
        return Response(status=204)


class UserSessions(UserView):
    """The sessions of a user."""

    rights: ClassVar[Mapping[str, str]] = {"GET": "session.view", "DELETE": "session.delete"}
    pagination_class = NumberedPages

    @extend_schema(operation_id="user_sessions_list", responses=SessionSerializer(many=True))
    def get(self, request: Request, organisation: str, user: str) -> Response:
        """List where the user is signed in."""
        return self.page(self.user.sessions.live(timezone.now()), SessionSerializer)

    @extend_schema(operation_id="user_sessions_end", request=None, responses=EndedSerializer)
    def delete(self, request: Request, organisation: str, user: str) -> Response:
        """End all sessions of the user."""
        return Response({"ended": end_sessions(self.user, actor=self.actor)})


class UserSessionDetail(UserView):
    """One session of a user."""

    rights: ClassVar[Mapping[str, str]] = {"DELETE": "session.delete"}

    @extend_schema(operation_id="user_session_end", request=None, responses={204: None})
    def delete(self, request: Request, organisation: str, user: str, session: str) -> Response:
        """End it: its browser is signed out with its next request."""
        end_session(session_of(self.user, session), actor=self.actor)
        return Response(status=204)


def session_of(user: User, short_id: str) -> UserSession:
    """Return a session of `user` by the id that lists show.

    Raises:
        NotFound: there is none.
    """
    rows = user.sessions.live(timezone.now()).select_related("user__organisation")
    found: UserSession | None = rows.filter(pk__startswith=short_id).first() if short_id else None
    if found is None or found.short_id != short_id:
        raise NotFound(f"There is no session {short_id[:16]} of {user.login}.")
    return found
