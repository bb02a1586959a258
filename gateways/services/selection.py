"""Selectors: routes that come and go with the versions that they match."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Max

from gateways import events
from gateways.domain.layout import Layout, rebalance
from gateways.domain.selector import SelectorTarget, parse_selector, select
from gateways.domain.weights import without
from gateways.models import Gateway, Route, ServiceVersion
from gateways.models.route import TargetKind
from gateways.services.scope import Scope
from tenants.models import Environment

VersionKey = tuple[str, str]


def reselect(scope: Scope, gateways: Iterable[Gateway] | None = None) -> list[str]:
    """Make the routes of gateways with a selector those that their selectors match now.

    A route that appears has weight 0, always. A route whose version vanished goes, and the others
    grow in proportion; the last route that has any weight stays, empty as it is, because traffic
    is never given to a route that nobody gave weight. Routes that people wrote stay as they are.

    Called inside a transaction on the environment's database. Cost: two reads, plus statements for
    each gateway whose routes change.

    Args:
        scope: the environment, and who causes this.
        gateways: only these, locked by the caller; None for every gateway of the environment.

    Returns:
        Names of the gateways that changed.
    """
    environment = scope.environment
    if gateways is None:
        gateways = (
            Gateway.objects.in_environment(environment)
            .present()
            .exclude(selector="")
            .select_for_update()
            .prefetch_related("routes")
        )
    chosen = list(gateways)
    if not chosen:
        return []
    for gateway in chosen:
        gateway.environment = environment
    targets = _targets(environment)
    return [
        gateway.name
        for gateway in chosen
        if _reselect_one(scope, gateway, _matched(gateway, targets))
    ]


def _targets(environment: Environment) -> Sequence[SelectorTarget]:
    rows = (
        ServiceVersion.objects.in_environment(environment)
        .filter(is_present=True)
        .select_related("service")
    )
    return [
        SelectorTarget(
            name=row.service.name,
            kind="service",
            namespace=environment.namespace or environment.name,
            labels={
                **row.labels,
                environment.service_label: row.service.name,
                environment.version_label: row.name,
            },
        )
        for row in rows
    ]


def _matched(gateway: Gateway, targets: Sequence[SelectorTarget]) -> dict[VersionKey, str]:
    """Return (service, version) → group of every version that the gateway's selector matches."""
    version_label = gateway.environment.version_label
    groups = select(parse_selector(gateway.selector), targets)
    return {
        (target.name, target.labels[version_label]): group
        for group, members in groups.items()
        for target in members
    }


def _reselect_one(scope: Scope, gateway: Gateway, matched: dict[VersionKey, str]) -> bool:
    routes = list(gateway.routes.all())
    have = {(route.service, route.version) for route in routes if route.kind == TargetKind.SERVICE}
    new = sorted(matched.keys() - have)
    gone = [
        route
        for route in routes
        if route.is_selected and (route.service, route.version) not in matched
    ]
    added = _add(scope, gateway, new, taken={route.name for route in routes})
    removed = _remove(scope, gateway, routes, gone)
    if not added and not removed:
        return False
    gateway.revision += 1
    gateway.generation += 1
    gateway.save(update_fields=["layout", "revision", "generation", "changed_at"])
    for route in added:
        scope.emit(
            events.ROUTE_ADDED,
            {"gateway": gateway.name, "route": route.name, "version": route.version},
        )
    for name in removed:
        scope.emit(events.ROUTE_REMOVED, {"gateway": gateway.name, "route": name})
    scope.audit(
        "gateway.reselected",
        gateway.name,
        after={"added": [route.name for route in added], "removed": removed},
    )
    return True


def _add(
    scope: Scope, gateway: Gateway, versions: Sequence[VersionKey], *, taken: set[str]
) -> list[Route]:
    if not versions:
        return []
    last = gateway.routes.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    routes = []
    for offset, (service, version) in enumerate(versions):
        routes.append(
            Route(
                environment=scope.environment,
                gateway=gateway,
                name=free_name(f"{service}-{version}", taken),
                position=position + offset,
                kind=TargetKind.SERVICE,
                service=service,
                version=version,
                is_selected=True,
            )
        )
    return Route.objects.using(scope.database).bulk_create(routes)


def free_name(wanted: str, taken: set[str]) -> str:
    """Return `wanted`, cut to 63 characters and numbered where it is taken, and take it."""
    name, number = wanted[:63], 2
    while name in taken:
        suffix = f"-{number}"
        name, number = wanted[: 63 - len(suffix)] + suffix, number + 1
    taken.add(name)
    return name


def _remove(
    scope: Scope, gateway: Gateway, routes: Sequence[Route], gone: Sequence[Route]
) -> list[str]:
    if not gone:
        return []
    weights = {route.name: route.weight for route in routes}
    removed = []
    for route in gone:
        left = without(weights, route.name)
        if route.weight and not any(left.values()):
            continue
        weights = left
        removed.append(route.name)
    if not removed:
        return []
    gateway.routes.filter(name__in=removed).delete()
    kept = [route for route in routes if route.name in weights]
    for route in kept:
        route.weight = weights[route.name]
    Route.objects.using(scope.database).bulk_update(kept, ["weight"])
    gateway.layout = rebalance(Layout.from_json(gateway.layout), weights).to_json()
    return removed
