"""The scope of a change: its environment, its actor, and the two records that it must leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenants.models import Environment
from tenants.services.standing import require_active
from vamp import audit, outbox


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a change happens and who makes it. Call its methods inside the change's transaction.

    Attributes:
        environment: whose rows change; its database is the transaction's.
        actor: login, ``token:<name>`` or ``vamp:<part>``.
    """

    environment: Environment
    actor: str

    @property
    def database(self) -> str:
        """The database of the environment's rows."""
        return self.environment.database

    def emit(self, event: str, payload: Mapping[str, Any]) -> None:
        """Save an event of this environment."""
        outbox.emit(
            event,
            using=self.database,
            organisation=self.environment.organisation.name,
            environment=self.environment.name,
            payload={"environment_id": self.environment.pk, **payload},
        )

    def audit(
        self,
        verb: str,
        name: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Save an audit entry of this environment; the kind is `verb`'s first word.

        Raises:
            NotActive: the environment is archived or being deleted. Services that do anything
                before they come here ask first; for all others this is where it ends.
        """
        require_active(self.environment)
        audit.record(
            self.actor,
            verb,
            verb.partition(".")[0],
            name,
            using=self.database,
            organisation=self.environment.organisation.name,
            environment=self.environment.name,
            before=before,
            after=after,
        )
