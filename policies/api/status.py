"""How an environment is, in numbers."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateways.models import AppliedGeneration, Instance, ServiceVersion
from gateways.selectors import agents_in, gateways_in, live_agents, services_in
from policies.domain.state import Phase
from policies.selectors import releases_in
from tenants.api.scope import EnvironmentView
from tenants.models import Environment
from vamp.models import DeadLetter


class GatewayCountsSerializer(serializers.Serializer[Any]):
    """Gateways."""

    total = serializers.IntegerField()
    live = serializers.IntegerField(help_text="Served as desired by every live agent.")
    unpublished = serializers.IntegerField(help_text="The key-value store holds an older one.")


class ServiceCountsSerializer(serializers.Serializer[Any]):
    """Services with versions and instances."""

    total = serializers.IntegerField()
    versions = serializers.IntegerField()
    instances = serializers.IntegerField()
    instances_ready = serializers.IntegerField()


class AgentCountsSerializer(serializers.Serializer[Any]):
    """Agents."""

    total = serializers.IntegerField()
    live = serializers.IntegerField()
    faulty = serializers.IntegerField(help_text="Live ones that report faults.")


class ReleaseCountsSerializer(serializers.Serializer[Any]):
    """Releases that are not over."""

    active = serializers.IntegerField()
    waiting_for_approval = serializers.IntegerField()
    paused = serializers.IntegerField()
    rolling_back = serializers.IntegerField()


class StatusSerializer(serializers.Serializer[Any]):
    """An environment in numbers."""

    gateways = GatewayCountsSerializer()
    services = ServiceCountsSerializer()
    agents = AgentCountsSerializer()
    releases = ReleaseCountsSerializer()
    dead_letters = serializers.IntegerField()


class EnvironmentStatus(EnvironmentView):
    """How an environment is."""

    rights = {"GET": "agent.view"}  # numbers of all that is there

    @extend_schema(operation_id="environments_status", responses=StatusSerializer)
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """Count gateways, services, agents and releases by how they are."""
        return Response(StatusSerializer(status_of(self.environment)).data)


def status_of(environment: Environment) -> dict[str, Any]:
    """Return the numbers. Nine queries at most, however much there is."""
    dead_letters = DeadLetter.objects.using(environment.database).filter(
        organisation=environment.organisation.name, environment=environment.name
    )
    return {
        "gateways": _gateways(environment),
        "services": _services(environment),
        "agents": _agents(environment),
        "releases": releases_in(environment).active().aggregate(
            active=Count("pk"),
            waiting_for_approval=Count("pk", filter=Q(status=Phase.WAITING_FOR_APPROVAL)),
            paused=Count("pk", filter=Q(status=Phase.PAUSED)),
            rolling_back=Count("pk", filter=Q(status=Phase.ROLLING_BACK)),
        ),
        "dead_letters": dead_letters.count(),
    }  # fmt: skip


def _gateways(environment: Environment) -> dict[str, int]:
    rows = gateways_in(environment)
    counts = rows.aggregate(
        total=Count("pk"),
        unpublished=Count("pk", filter=Q(published_generation__lt=F("generation"))),
    )
    return {**counts, "live": _live_gateways(environment)}


def _live_gateways(environment: Environment) -> int:
    live = list(live_agents(environment, timezone.now()).values_list("pk", flat=True))
    if not live:
        return 0
    there = (
        AppliedGeneration.objects.in_environment(environment)
        .filter(agent_id__in=live, gateway=OuterRef("name"), generation__gte=OuterRef("generation"))
        .order_by()
        .values("gateway")
        .annotate(agents=Count("pk"))
        .values("agents")
    )
    return gateways_in(environment).annotate(there=Subquery(there)).filter(there=len(live)).count()


def _services(environment: Environment) -> dict[str, int]:
    versions = ServiceVersion.objects.in_environment(environment).filter(is_present=True)
    counts = Instance.objects.in_environment(environment).aggregate(
        instances=Count("pk"), instances_ready=Count("pk", filter=Q(is_ready=True))
    )
    return {
        "total": services_in(environment).count(),
        "versions": versions.count(),
        **counts,
    }


def _agents(environment: Environment) -> dict[str, int]:
    now = timezone.now()
    return {
        "total": agents_in(environment).count(),
        **live_agents(environment, now).aggregate(
            live=Count("pk"), faulty=Count("pk", filter=~Q(faults=[]))
        ),
    }
