"""Views of what belongs to one user of an organisation."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from rest_framework.request import Request

from tenants.api.permissions import IsPerson
from tenants.api.scope import OrganisationView
from tenants.models import User
from vamp.errors import NotFound

if TYPE_CHECKING:
    from rest_framework.views import APIView


class IsPlatformAdministrator(IsPerson):
    """Lets platform administrators in: where and how colleagues sign in is not everybody's."""

    message = "Only a platform administrator may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether this user may send such a request."""
        is_person = super().has_permission(request, view)
        return is_person and bool(getattr(request.user, "is_platform_administrator", False))


class UserView(OrganisationView):
    """An address under ``organisations/<organisation>/users/<user>``.

    ``<user>`` is the part of the login after the slash.
    """

    permission_classes = [IsPlatformAdministrator]

    @cached_property
    def user(self) -> User:
        """The user that the address names. One query.

        Raises:
            NotFound: the organisation has none of that name.
        """
        login = f"{self.organisation.name}/{self.kwargs['user']}"
        found: User | None = (
            self.organisation.users.filter(login=login).select_related("organisation").first()
        )
        if found is None:
            raise NotFound(f"There is no user {login}.")
        return found

    def check_scope(self) -> None:
        """Look organisation and user up."""
        super().check_scope()
        _ = self.user
