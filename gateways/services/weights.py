"""Changing who gets how much of a gateway's traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import prefetch_related_objects

from gateways import events
from gateways.domain.layout import Layout, rebalance
from gateways.domain.shift import FREELY, Shift
from gateways.domain.weights import WHOLE
from gateways.exceptions import WeightsInvalid
from gateways.models import Gateway, Route
from gateways.services.locking import locked
from gateways.services.rows import shares_of
from gateways.services.scope import Scope
from vamp.contention import repeated
from vamp.documents.units import format_percent
from vamp.errors import Fault


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """What a release asks of one route's condition; empty `condition` takes it away."""

    condition: str
    strength: int
    priority: int = 0


@repeated
def set_weights(
    gateway: Gateway,
    weights: Mapping[str, int],
    *,
    actor: str,
    expected_revision: int | None = None,
    conditions: Mapping[str, ConditionChange] | None = None,
    shift: Shift = FREELY,
) -> Gateway:
    """Give every route of `gateway` its share of the traffic, moving as few users as possible.

    Weights and conditions become live together, in one flip. Where nothing would change nothing is
    written.

    Args:
        gateway: the row to change; it is locked and read again.
        weights: route → hundredths of a percent, one item a route, totalling 10000.
        actor: who does it, for the audit trail.
        expected_revision: refuse where the gateway is at another revision.
        conditions: routes whose condition changes with the weights.
        shift: how far whoever asks may move traffic.

    Raises:
        NotAllowed: it goes beyond `shift`.
        WeightsInvalid: routes are missing or unknown, or the weights do not total 100 %.
        GatewayChanged: it is not at `expected_revision`.
        NotFound: the gateway is gone.
    """
    environment = gateway.environment
    scope = Scope(environment, actor)
    with transaction.atomic(using=scope.database):
        gateway = locked(environment, gateway.name, expected_revision=expected_revision)
        prefetch_related_objects([gateway], "routes")  # whoever shows it afterwards has them
        routes = {route.name: route for route in gateway.routes.all()}
        _check(routes, weights)
        before, held = _shares(routes), shares_of(routes.values())
        _assign(routes, weights, conditions or {})
        after = _shares(routes)
        if before == after:
            return gateway
        shift.refuse_beyond(gateway.name, held, shares_of(routes.values()))
        Route.objects.using(scope.database).bulk_update(
            routes.values(), ["weight", "condition", "strength", "priority"]
        )
        lay_out(gateway, weights)
        scope.audit("weights.changed", gateway.name, before=before, after=after)
        scope.emit(
            events.WEIGHTS_CHANGED,
            {"gateway": gateway.name, "generation": gateway.generation, "weights": dict(weights)},
        )
    return gateway


def lay_out(gateway: Gateway, weights: Mapping[str, int]) -> None:
    """Give `gateway` the layout for `weights` and new numbers, and save them."""
    gateway.layout = rebalance(Layout.from_json(gateway.layout), weights).to_json()
    gateway.revision += 1
    gateway.generation += 1
    gateway.save(update_fields=["layout", "revision", "generation", "changed_at"])


def _check(routes: Mapping[str, Route], weights: Mapping[str, int]) -> None:
    faults = [
        Fault(f"/{name}", f"there is no route {name}", f"routes are: {', '.join(sorted(routes))}")
        for name in sorted(weights.keys() - routes.keys())
    ]
    faults += [
        Fault(
            f"/{name}", f"route {name} has no weight", "give every route one, 0% where it gets none"
        )
        for name in sorted(routes.keys() - weights.keys())
    ]
    faults += [
        Fault(f"/{name}", f"{weight} is outside 0 to {WHOLE} hundredths of a percent")
        for name, weight in weights.items()
        if not 0 <= weight <= WHOLE
    ]
    total = sum(weights.values())
    if not faults and total != WHOLE:
        faults.append(
            Fault("", f"the weights total {format_percent_any(total)}", "make them total 100%")
        )
    if faults:
        raise WeightsInvalid(faults=faults)


def format_percent_any(hundredths: int) -> str:
    """Return a total as text, also above 100 %."""
    whole, rest = divmod(hundredths, WHOLE)
    return format_percent(rest) if not whole else f"{whole * 100 + rest / 100:g}%"


def _assign(
    routes: Mapping[str, Route],
    weights: Mapping[str, int],
    conditions: Mapping[str, ConditionChange],
) -> None:
    for name, route in routes.items():
        route.weight = weights[name]
        if name in conditions:
            change = conditions[name]
            route.condition = change.condition
            route.strength = change.strength if change.condition else 0
            route.priority = change.priority


def _shares(routes: Mapping[str, Route]) -> dict[str, dict[str, object]]:
    return {
        name: {
            "weight": format_percent(route.weight),
            **(
                {"condition": route.condition, "strength": format_percent(route.strength)}
                if route.condition
                else {}
            ),
        }
        for name, route in routes.items()
    }
