"""Reading gateways, services and agents of an environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Subquery

from gateways.models import (
    Agent,
    AppliedGeneration,
    Gateway,
    GatewayQuerySet,
    Instance,
    Route,
    Service,
    ServiceVersion,
)
from tenants.authorisation import Principal
from tenants.models import Environment
from tenants.models.owned import OwnedQuerySet
from tenants.narrowing import narrowed
from vamp.errors import NotFound


@dataclass(frozen=True, slots=True)
class Liveness:
    """Whether what was asked for is what is served.

    Attributes:
        desired: generation of the definition.
        published: generation of the part in the key-value store.
        applied: live agents that serve at least the desired generation.
        agents: live agents of the environment.
        behind: names of the live agents that serve an older one.
        applied_at: when the last of the agents that are up to date got there; None if none did.
    """

    desired: int
    published: int
    applied: int
    agents: int
    behind: tuple[str, ...] = ()
    applied_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """True where there is an agent, and every live agent serves the desired generation."""
        return self.agents > 0 and self.applied == self.agents


def gateways_in(environment: Environment) -> GatewayQuerySet:
    """Return the environment's gateways with hosts and routes. Three queries when read."""
    return Gateway.objects.in_environment(environment).present().prefetch_related("hosts", "routes")


def gateway_in(environment: Environment, name: str) -> Gateway:
    """Return one gateway with hosts and routes.

    Raises:
        NotFound: there is no such gateway, or it is being removed.
    """
    gateway = gateways_in(environment).filter(name=name).first()
    if gateway is None:
        raise NotFound(f"There is no gateway {name} in {environment}.")
    gateway.environment = environment
    return gateway


def services_in(environment: Environment) -> OwnedQuerySet[Service]:
    """Return the environment's services with versions and instances. Three queries when read."""
    return Service.objects.in_environment(environment).prefetch_related("versions__instances")


def visible_gateways(user: Principal, environment: Environment) -> GatewayQuerySet:
    """Return those of `gateways_in` that `user` may see. Three queries when read."""
    rows = gateways_in(environment)
    return narrowed(rows, user, "gateway.view", environment, labels="metadata")


def visible_routes(user: Principal, environment: Environment) -> OwnedQuerySet[Route]:
    """Return the routes of the gateways that `user` may see, with those. One query when read."""
    rows = Route.objects.in_environment(environment).filter(gateway__is_removed=False)
    return narrowed(
        rows.select_related("gateway"),
        user,
        "gateway.view",
        environment,
        name="gateway__name",
        labels="gateway__metadata",
    )


def visible_services(user: Principal, environment: Environment) -> OwnedQuerySet[Service]:
    """Return those of `services_in` that `user` may see. Three queries when read."""
    newest = _newest_versions(environment).filter(service=OuterRef("pk"))
    rows = services_in(environment).alias(_labels=Subquery(newest.values("labels")[:1]))
    return narrowed(rows, user, "service.view", environment, labels="_labels")


def agents_in(environment: Environment) -> OwnedQuerySet[Agent]:
    """Return the environment's agents, gone or not."""
    return Agent.objects.in_environment(environment)


def live_agents(environment: Environment, now: datetime) -> OwnedQuerySet[Agent]:
    """Return the agents that reported within the installation's time-out before `now`."""
    since = now - timedelta(seconds=settings.VAMP.agent_timeout_s)
    return agents_in(environment).filter(reported_at__gte=since)


def live_among(agents: Iterable[Agent], now: datetime) -> int:
    """Return how many of `agents`, which were read already, are live; see `live_agents`."""
    since = now - timedelta(seconds=settings.VAMP.agent_timeout_s)
    return sum(agent.reported_at >= since for agent in agents)


def liveness_of(
    environment: Environment, gateways: Iterable[Gateway], now: datetime
) -> Mapping[str, Liveness]:
    """Return each gateway's liveness by name. Two queries, however many gateways."""
    chosen = list(gateways)
    agents = {agent.pk: agent.name for agent in live_agents(environment, now)}
    names = [gateway.name for gateway in chosen]
    applied: dict[str, dict[int, AppliedGeneration]] = {name: {} for name in names}
    for row in AppliedGeneration.objects.in_environment(environment).filter(
        gateway__in=names, agent_id__in=list(agents)
    ):
        applied[row.gateway][row.agent_id] = row
    return {gateway.name: _liveness(gateway, agents, applied[gateway.name]) for gateway in chosen}


def _liveness(
    gateway: Gateway, agents: Mapping[int, str], applied: Mapping[int, AppliedGeneration]
) -> Liveness:
    there = [row for row in applied.values() if row.generation >= gateway.generation]
    current = {row.agent_id for row in there}
    return Liveness(
        desired=gateway.generation,
        published=gateway.published_generation,
        applied=len(there),
        agents=len(agents),
        behind=tuple(sorted(name for pk, name in agents.items() if pk not in current)),
        applied_at=max((row.applied_at for row in there), default=None),
    )


def ready_instances(
    environment: Environment, services: Iterable[str]
) -> Mapping[tuple[str, str], tuple[Instance, ...]]:
    """Return (service, version) → ready instances, for the named services. One query."""
    found: dict[tuple[str, str], list[Instance]] = {}
    rows = (
        Instance.objects.in_environment(environment)
        .filter(is_ready=True, version__service__name__in=sorted(set(services)))
        .select_related("version__service")
        .order_by("uid")
    )
    for row in rows:
        found.setdefault((row.version.service.name, row.version.name), []).append(row)
    return {key: tuple(instances) for key, instances in found.items()}


def gateway_labels(environment: Environment, name: str) -> Mapping[str, object]:
    """Return the labels of a gateway: texts among its metadata; empty where there is none. One query."""
    rows = Gateway.objects.in_environment(environment).present()
    found = rows.filter(name=name).values_list("metadata", flat=True).first() or {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def service_labels(environment: Environment, name: str) -> Mapping[str, object]:
    """Return the labels of a service: those of its newest version. One query."""
    rows = _newest_versions(environment).filter(service__name=name)
    return rows.values_list("labels", flat=True).first() or {}


def _newest_versions(environment: Environment) -> OwnedQuerySet[ServiceVersion]:
    return ServiceVersion.objects.in_environment(environment).order_by("-first_seen_at", "-pk")
