"""Senders of requests that are no people: programs with a token of their own."""

from __future__ import annotations

from dataclasses import dataclass

from tenants.models.organisation import Organisation
from tenants.models.token import ApiToken


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A program that acts for nobody: role bindings of its token say what it may do."""

    token: ApiToken

    is_authenticated = True
    is_active = True
    is_superuser = False
    is_platform_administrator = False

    @property
    def pk(self) -> int:
        """Identify the sender to throttles."""
        return int(self.token.pk)

    @property
    def organisation(self) -> Organisation | None:
        """Whose it is."""
        return self.token.organisation

    @property
    def organisation_id(self) -> int | None:
        """Id of whose it is."""
        return self.token.organisation_id

    @property
    def login(self) -> str:
        """``token:<organisation>/<name>``, as the audit trail names it."""
        owner = self.token.organisation
        return f"token:{owner.name}/{self.token.name}" if owner else f"token:{self.token.name}"

    def get_username(self) -> str:
        """Return its name for the audit trail."""
        return self.login
