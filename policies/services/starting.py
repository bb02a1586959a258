"""Releases that begin by themselves: a new version under a gateway that has a policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateways.models import Gateway, Route, ServiceVersion
from gateways.selectors import ready_instances
from policies.domain.version import sort_key
from policies.models import Release
from policies.services.keeping import ACTOR
from policies.services.releases import start_release
from tenants.models import Environment
from tenants.services.quotas import Quota, Usage, usage_of
from vamp.errors import VampError

VersionKey = tuple[str, str]
Due = tuple[Gateway, Route]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A gateway on which a release ought to start and could not, and why."""

    gateway: str
    reason: str


def start_due(environment: Environment) -> tuple[Sequence[Release], Sequence[Skipped]]:
    """Start a release on every gateway of `environment` that has a policy and a new version.

    See `due` for which. One that does not fit into the organisation's quota waits: the next sweep
    tries it again, and `waiting_for_room` says so until then.

    Cost: five queries, and further ones for each release started.
    """
    started: list[Release] = []
    skipped: list[Skipped] = []
    for gateway, target in due(environment):
        try:
            started.append(start_release(gateway, target=target.name, actor=ACTOR))
        except VampError as error:
            skipped.append(Skipped(gateway.name, error.message))
    return started, skipped


def waiting_for_room(environment: Environment) -> tuple[Sequence[Due], Usage | None]:
    """Return what would start if more releases at once were allowed, and what is used of them.

    Cost: nothing where there is no quota; two queries and one a database while it is not reached;
    five more where it is.
    """
    if not environment.organisation.most_releases:
        return (), None
    usage = usage_of(environment.organisation, Quota.RELEASES)
    return (due(environment), usage) if usage.is_reached else ((), None)


def due(environment: Environment) -> Sequence[Due]:
    """Return each gateway on which a release ought to start, with the route that is to get traffic.

    New is a route that the gateway's selector made, whose version the scheduler knows for a shorter
    time than the one that has the traffic, that has a ready instance, and that no release on this
    gateway ever had for its target: a version that was taken back is not tried again by itself.
    Of several the highest version is taken. A gateway with a release under way is left alone; the
    next sweep looks at it again.

    Cost: five queries.
    """
    gateways = [
        gateway
        for gateway in Gateway.objects.in_environment(environment)
        .present()
        .exclude(policy="")
        .exclude(selector="")
        .prefetch_related("routes")
        if len(gateway.routes.all()) > 1
    ]
    busy_or_tried = _tried(environment, gateways)
    waiting = {
        gateway.name: untried
        for gateway in gateways
        if (untried := _untried(gateway, busy_or_tried.get(gateway.pk, Tried())))
    }
    if not waiting:
        return ()
    services = {route.service for routes in waiting.values() for route in routes}
    ready = ready_instances(environment, services)
    known = _first_seen(environment, services)
    found: list[Due] = []
    for gateway in gateways:
        target = _newest(gateway, waiting.get(gateway.name, ()), ready, known)
        if target is not None:
            gateway.environment = environment
            found.append((gateway, target))
    return found


@dataclass(slots=True)
class Tried:
    """What a gateway's releases say: is one under way, and which versions were targets."""

    is_busy: bool = False
    versions: frozenset[VersionKey] = frozenset()


def _tried(environment: Environment, gateways: Sequence[Gateway]) -> Mapping[int, Tried]:
    found: dict[int, Tried] = {}
    rows = (
        Release.objects.in_environment(environment)
        .filter(gateway_id__in=[gateway.pk for gateway in gateways])
        .values_list("gateway_id", "active", "service", "target_version")
    )
    for gateway_id, active, service, version in rows:
        tried = found.setdefault(gateway_id, Tried())
        tried.is_busy = tried.is_busy or bool(active)
        tried.versions |= {(service, version)}
    return found


def _untried(gateway: Gateway, tried: Tried) -> Sequence[Route]:
    if tried.is_busy:
        return ()
    return [
        route
        for route in gateway.routes.all()
        if route.is_selected
        and route.weight == 0
        and (route.service, route.version) not in tried.versions
    ]


def _first_seen(environment: Environment, services: set[str]) -> Mapping[VersionKey, datetime]:
    rows = ServiceVersion.objects.in_environment(environment).filter(service__name__in=services)
    return {
        (service, version): at
        for service, version, at in rows.values_list("service__name", "name", "first_seen_at")
    }


def _newest(
    gateway: Gateway,
    routes: Sequence[Route],
    ready: Mapping[VersionKey, object],
    known: Mapping[VersionKey, datetime],
) -> Route | None:
    source = max(gateway.routes.all(), key=lambda route: route.weight)
    since = known.get((source.service, source.version))
    if not source.weight:
        return None
    candidates = []
    for route in routes:
        key = (route.service, route.version)
        is_newer = since is None or (key in known and known[key] > since)
        if key in ready and is_newer:
            candidates.append(route)
    return max(candidates, key=lambda route: sort_key(route.version), default=None)
