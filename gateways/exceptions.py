"""What can be wrong with a change to a gateway, beside what its document says."""

from __future__ import annotations

from vamp.errors import Conflict, Invalid, Rejected, Stale


class WeightsInvalid(Invalid):
    """The weights name unknown routes, leave some out, or do not total 100 %."""


class GatewayChanged(Stale):
    """Somebody changed the gateway since the caller read it. Read it again, then repeat."""


class TakenElsewhere(Conflict):
    """A host or a port belongs to another gateway of the environment."""


class StillInUse(Conflict):
    """Another gateway's route leads here. Take that route away first."""


class GatewayLoop(Rejected):
    """Gateways that lead to each other in a circle."""
