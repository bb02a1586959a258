"""What `tenants.authorisation` says of documents and releases, in the form that services take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateways.access import shift_of
from gateways.domain.shift import FREELY, Shift
from policies.domain.intervention import Action
from tenants.authorisation import Principal, require
from tenants.labels import target_in
from tenants.models import Environment

RIGHT_FOR: Final[Mapping[Action, str]] = {
    Action.PAUSE: "release.change",
    Action.RESUME: "release.change",
    Action.SKIP: "release.override",
    Action.PROMOTE: "release.override",
    Action.APPROVE: "release.approve",
    Action.ABORT: "release.abort",
}
"""To skip a step or to promote is to go on without its evidence."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who applies documents to an environment."""

    principal: Principal
    environment: Environment

    def require(self, right: str, name: str) -> None:
        """Refuse what they may not do to the gateway or policy called `name`.

        Raises:
            NotFound: they may not even see it.
            NotAllowed: they may see it, and not do this.
        """
        require(self.principal, right, target_in(self.environment, right.partition(".")[0], name))

    def shift(self, gateway: str) -> Shift:
        """Return how far they may move the traffic of a gateway."""
        return shift_of(self.principal, target_in(self.environment, "gateway", gateway))


class Vamp:
    """Vamp itself, and whoever works on the machine that it runs on: they may do everything."""

    def require(self, right: str, name: str) -> None:
        """Pass."""

    def shift(self, gateway: str) -> Shift:
        """Set no limit."""
        return FREELY
