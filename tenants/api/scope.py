"""Views of what belongs to an organisation or an environment.

Nothing is read before the organisation or environment of the address is known to be the caller's.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, cast

from rest_framework.permissions import SAFE_METHODS

from tenants.api.authentication import AgentPrincipal
from tenants.api.permissions import IsAgent, IsPerson
from tenants.models import Environment, Organisation, User
from tenants.selectors import environment_for, organisation_for
from tenants.services.standing import require_active, require_kept
from vamp.api.views import View
from vamp.errors import NotFound


class PersonView(View):
    """An address for people."""

    permission_classes = [IsPerson]

    @property
    def person(self) -> User:
        """Who sends the request."""
        return cast("User", self.request.user)

    @property
    def actor(self) -> str:
        """Who it is, for the audit trail."""
        return self.person.get_username()


class OrganisationView(PersonView):
    """An address under ``organisations/<organisation>``.

    Attributes:
        changes_idle: takes changes although the organisation is archived or being deleted.
    """

    changes_idle: ClassVar[bool] = False

    @cached_property
    def organisation(self) -> Organisation:
        """The organisation that the address names. One query.

        Raises:
            NotFound: there is none of that name, or it is not the caller's.
        """
        return organisation_for(self.person, self.kwargs["organisation"])

    def check_scope(self) -> None:
        """Look the organisation up; refuse to change an archived one."""
        found = self.organisation
        if self.request.method not in SAFE_METHODS and not self.changes_idle:
            require_active(found)


class EnvironmentView(PersonView):
    """An address under ``organisations/<organisation>/environments/<environment>``.

    Attributes:
        changes_idle: takes changes although the environment is archived or being deleted.
    """

    changes_idle: ClassVar[bool] = False

    @cached_property
    def environment(self) -> Environment:
        """The environment that the address names. One query.

        Raises:
            NotFound: there is none of that path, or it is not the caller's.
        """
        return environment_for(self.person, self.kwargs["organisation"], self.kwargs["environment"])

    def check_scope(self) -> None:
        """Look the environment up; refuse to change an archived one."""
        found = self.environment
        if self.request.method not in SAFE_METHODS and not self.changes_idle:
            require_active(found)


class AgentView(View):
    """An address under an environment that only the agents of that environment may use."""

    permission_classes = [IsAgent]

    @cached_property
    def environment(self) -> Environment:
        """The environment that the address names. No query: it came with the token.

        Raises:
            NotFound: the token is for the agents of another environment.
        """
        environment = cast("AgentPrincipal", self.request.user).token.agent_of
        path = f"{self.kwargs['organisation']}/{self.kwargs['environment']}"
        if environment is None or environment.path != path:
            raise NotFound(f"There is no environment {path}.")
        return environment

    def check_scope(self) -> None:
        """Compare the address with the token. Agents of an archived environment serve on."""
        require_kept(self.environment)
