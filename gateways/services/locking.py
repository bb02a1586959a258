"""Taking hold of a gateway, or of all of an environment's, for a change."""

from __future__ import annotations

from gateways.exceptions import GatewayChanged
from gateways.models import Gateway
from gateways.services.scope import Scope
from tenants.models import Environment
from vamp import locks
from vamp.errors import Fault, NotFound


def serialise(scope: Scope) -> None:
    """Let one change of what an environment's gateways are go on at a time, from here on.

    That gateways do not lead to each other in a circle, that nothing leads to one that is gone,
    and that selectors see each version that appears, are rules over several gateways. Changes of
    weights do not wait here. Call it before anything is locked.
    """
    locks.hold(f"gateways/{scope.environment.pk}", using=scope.database)


def locked(environment: Environment, name: str, *, expected_revision: int | None = None) -> Gateway:
    """Return the gateway, locked until the caller's transaction ends, with a fresh read.

    Raises:
        NotFound: there is no such gateway, or it is being removed.
        GatewayChanged: it is not at `expected_revision`.
    """
    gateway = (
        Gateway.objects.in_environment(environment)
        .present()
        .select_for_update()
        .filter(name=name)
        .first()
    )
    if gateway is None:
        raise NotFound(f"There is no gateway {name} in {environment}.")
    if expected_revision is not None and gateway.revision != expected_revision:
        raise GatewayChanged(
            faults=[
                Fault(
                    "",
                    f"gateway {name} is at revision {gateway.revision}, not {expected_revision}",
                    "read it again, then repeat the change",
                )
            ]
        )
    gateway.environment = environment
    return gateway
