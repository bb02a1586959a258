"""Who gets past the door at all. What they may do behind it, `tenants.authorisation` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.api.authentication import AgentPrincipal
from tenants.models import User
from tenants.models.principal import ServiceAccount

if TYPE_CHECKING:  # rest_framework.views reads its default permissions while it is imported
    from rest_framework.views import APIView


class IsPrincipal(BasePermission):
    """Lets in whoever has rights: users, by token or session, and services, by a token of theirs.

    An agent's token opens none of their doors.
    """

    message = "This address is for people and services, not for agents."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether a user or a service sends the request."""
        return isinstance(request.user, User | ServiceAccount) and request.user.is_active


class IsPerson(IsPrincipal):
    """Lets users in and nobody else: what is behind it is about somebody who signs in."""

    message = "This address is for people."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether a user sends the request."""
        return isinstance(request.user, User) and request.user.is_active


class IsAgent(BasePermission):
    """Lets agents in. Whether the environment is theirs, the view checks."""

    message = "This address is for agents: it takes an agent's token."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether an agent sends the request."""
        return isinstance(request.user, AgentPrincipal)
