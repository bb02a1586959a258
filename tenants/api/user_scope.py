"""Views of what belongs to one user of an organisation."""

from __future__ import annotations

from functools import cached_property

from tenants.api.scope import OrganisationView
from tenants.models import User
from tenants.services.delegation import refuse_power_over
from vamp.errors import NotFound


class UserView(OrganisationView):
    """An address under ``organisations/<organisation>/users/<user>``.

    ``<user>`` is the part of the login after the slash.
    """

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

    def refuse_beyond_own(self) -> None:
        """Refuse to act on somebody who may do more than the caller.

        Raises:
            NotAllowed: whoever can reset that person's password would be that person.
        """
        refuse_power_over(self.authority, self.user)
