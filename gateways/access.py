"""What `tenants.authorisation` says of a gateway's traffic, in the form that services take."""

from __future__ import annotations

from gateways.domain.shift import Shift
from tenants.authorisation import Principal, decide
from tenants.domain.authority import Target


def shift_of(principal: Principal, gateway: Target) -> Shift:
    """Return how far `principal` may move the traffic of `gateway`."""
    decision = decide(principal, "gateway.release", gateway)
    return Shift(decision.is_allowed, decision.max_weight)
