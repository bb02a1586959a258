"""Views of what belongs to an organisation or an environment.

Nothing is read before the organisation or environment of the address is known to be the caller's,
and nothing is done before the right to it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Final, cast

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from tenants.api.authentication import AgentPrincipal
from tenants.api.permissions import IsAgent, IsPrincipal
from tenants.authorisation import Principal, authority_of, require, require_any
from tenants.domain.authority import ORGANISATION, Authority, Decision, Target
from tenants.labels import target_in
from tenants.models import Environment, Organisation, User
from tenants.selectors import environment_for, organisation_for
from tenants.services.denials import denied
from tenants.services.standing import require_active, require_kept
from vamp.api.views import View
from vamp.errors import NotAllowed, NotFound

MEMBERS: Final = ""
"""In `rights`: whoever gets to the address; the view narrows or checks by itself."""

OWN: Final[Mapping[str, str]] = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), MEMBERS)
"""As `rights`: everything that is the caller's own."""

PLATFORM: Final = "platform"
"""In `rights`: platform administrators alone."""

_OBJECT: Mapping[str, str] = {
    "gateway": "gateway", "release": "gateway", "service": "service", "policy": "policy",
}  # fmt: skip
"""Kind of a right → what of the address names the object that it is about."""


class PersonView(View):
    """An address for people and services.

    Attributes:
        rights: method → the right that it needs, `MEMBERS` or `PLATFORM`. A method that is not
            named is refused.
    """

    permission_classes = [IsPrincipal]
    rights: ClassVar[Mapping[str, str]] = {}

    @property
    def person(self) -> Principal:
        """Who sends the request."""
        return cast("Principal", self.request.user)

    @property
    def me(self) -> User:
        """The same where `IsPerson` lets in users alone."""
        return cast("User", self.request.user)

    @property
    def authority(self) -> Authority:
        """All that they may do."""
        return authority_of(self.person)

    @property
    def actor(self) -> str:
        """Who it is, for the audit trail."""
        return self.person.get_username()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check everything that is checked before a method runs; record who is refused."""
        try:
            super().initial(request, *args, **kwargs)
        except (NotAllowed, NotFound) as refusal:
            denied(
                self.person,
                right=self.rights.get(str(request.method)) or "address.view",
                what=request.path,
                organisation=str(kwargs.get("organisation", "")),
                environment=str(kwargs.get("environment", "")),
                status=refusal.status,
            )
            raise

    def check_scope(self) -> None:
        """Refuse whoever lacks the right that the method needs."""
        method = str(self.request.method)
        right = self.rights.get("GET" if method in ("HEAD", "OPTIONS") else method)
        if right is None:
            return  # 405, or a view that a test finds
        if right == PLATFORM:
            if not self.authority.is_unlimited:
                raise NotAllowed("Only a platform administrator may do this.")
        elif right != MEMBERS:
            self.check_right(right)

    def check_right(self, right: str) -> None:
        """Refuse whoever lacks `right` on what the address names."""
        self.require(right)

    def require(self, right: str, target: Target | None = None) -> Decision:
        """Return the decision about `right` on `target`, else on what the address names.

        Raises:
            NotFound: the caller may not see it.
            NotAllowed: they may see it, and not do this.
        """
        return require(self.person, right, target or self.target_of(right))

    def target_of(self, right: str) -> Target:
        """Return what `right` is asked for: here, the organisation."""
        return ORGANISATION


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
        """Look the organisation up, then at the rights of the caller, then whether it is archived."""
        found = self.organisation
        super().check_scope()
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
            NotFound: there is none of that path, or the caller may do nothing in it.
        """
        return environment_for(self.person, self.kwargs["organisation"], self.kwargs["environment"])

    def check_scope(self) -> None:
        """Look the environment up, then at the rights of the caller, then whether it is archived."""
        found = self.environment
        super().check_scope()
        if self.request.method not in SAFE_METHODS and not self.changes_idle:
            require_active(found)

    def check_right(self, right: str) -> None:
        """Refuse whoever lacks `right`; a list needs it on something, and shows only that."""
        kind, _, verb = right.partition(".")
        if verb == "view" and kind in _OBJECT and _OBJECT[kind] not in self.kwargs:
            require_any(self.person, right, self.environment.name)
        elif right == "environment.view":
            return  # whoever may do anything in it
        else:
            self.require(right)

    def target_of(self, right: str) -> Target:
        """Return what `right` is asked for: the object that the address names, or the environment."""
        kind = right.partition(".")[0]
        return self.target(kind, self.kwargs.get(_OBJECT.get(kind, ""), ""))

    def target(self, kind: str, name: str = "") -> Target:
        """Return an object of the environment by its kind and name; without a name, all of it."""
        return target_in(self.environment, kind, name)


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
