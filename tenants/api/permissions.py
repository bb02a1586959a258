"""Who gets past the door at all. What they see behind it, the selectors say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from tenants.api.authentication import AgentPrincipal
from tenants.models import User

if TYPE_CHECKING:  # rest_framework.views reads its default permissions while it is imported
    from rest_framework.views import APIView


class IsPerson(BasePermission):
    """Lets users in, by token or session; an agent's token opens none of their doors."""

    message = "This address is for people, not for agents."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether a user sends the request."""
        return isinstance(request.user, User) and request.user.is_active


class IsPlatformAdministratorOrReads(IsPerson):
    """Lets users read, and platform administrators change."""

    message = "Only a platform administrator may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether this user may send such a request."""
        if not super().has_permission(request, view) or not isinstance(request.user, User):
            return False
        return request.method in SAFE_METHODS or request.user.is_platform_administrator


class IsAgent(BasePermission):
    """Lets agents in. Whether the environment is theirs, the view checks."""

    message = "This address is for agents: it takes an agent's token."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether an agent sends the request."""
        return isinstance(request.user, AgentPrincipal)
