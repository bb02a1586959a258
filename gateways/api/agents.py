"""Agents: shown to people; their reports and rollups taken in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gateways.documents.agent_report import AgentReport, RollupsReport
from gateways.models import Agent, AppliedGeneration
from gateways.selectors import agents_in, live_agents
from gateways.services.agents import forget_agent, record_report, record_rollups
from tenants.api.scope import AgentView, EnvironmentView
from tenants.models import Environment
from tenants.names import is_label
from vamp.api.names import BeginsQuery, beginning
from vamp.api.pagination import NumberedPages
from vamp.errors import Fault, Invalid, NotFound

MOST_REPORT_BYTES: Final = 8 * 1024 * 1024
"""Room for 50,000 gateways in one report, or 10,000 rollups."""


class ReportedFaultSerializer(serializers.Serializer[Any]):
    """Something that an agent could not do."""

    gateway = serializers.CharField(help_text="Empty where it is the agent as a whole.")
    message = serializers.CharField()
    since = serializers.DateTimeField()


class AgentSerializer(serializers.Serializer[Agent]):
    """An agent, as it last reported."""

    name = serializers.CharField()
    address = serializers.CharField()
    is_live = serializers.SerializerMethodField(help_text="Has it reported lately.")
    boot = serializers.CharField()
    version = serializers.CharField()
    haproxy_version = serializers.CharField()
    started_at = serializers.DateTimeField()
    reported_at = serializers.DateTimeField()
    complete_until = serializers.DateTimeField(allow_null=True)
    dropped = serializers.IntegerField(help_text="Log lines known to be lost since the boot.")
    dropped_at = serializers.DateTimeField(allow_null=True)
    reloads = serializers.IntegerField()
    faults = ReportedFaultSerializer(many=True)

    def get_is_live(self, agent: Agent) -> bool:
        """Tell whether the last report is younger than the installation's time-out."""
        silence = timezone.now() - agent.reported_at
        return silence.total_seconds() <= float(settings.VAMP.agent_timeout_s)


class AppliedAgentSerializer(AgentSerializer):
    """An agent with what it serves."""

    applied = serializers.SerializerMethodField(help_text="Gateway → generation that it serves.")

    def get_applied(self, agent: Agent) -> dict[str, int]:
        """Return what the view looked up."""
        return dict(self.context["applied"])


class TurnsSerializer(serializers.Serializer[Any]):
    """What an agent needs to know of the others, to take turns at reloads."""

    agents = serializers.ListField(child=serializers.CharField(), help_text="Live ones, by name.")
    applied_by_others = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Gateway → newest generation that another live agent serves and this one not.",
    )


class Agents(EnvironmentView):
    """The agents of an environment."""

    rights = {"GET": "agent.view"}
    pagination_class = NumberedPages
    queries = {"GET": BeginsQuery}

    @extend_schema(operation_id="agents_list", responses=AgentSerializer(many=True))
    def get(self, request: Request, organisation: str, environment: str) -> Response:
        """List the agents, also those that are gone."""
        return self.page(beginning(agents_in(self.environment), self.wanted), AgentSerializer)


class AgentDetail(EnvironmentView):
    """One agent."""

    rights = {"GET": "agent.view", "DELETE": "agent.delete"}

    @cached_property
    def agent(self) -> Agent:
        """The agent that the address names.

        Raises:
            NotFound: the environment has none of that name.
        """
        agent = agents_in(self.environment).filter(name=self.kwargs["agent"]).first()
        if agent is None:
            raise NotFound(f"There is no agent {self.kwargs['agent']} in {self.environment}.")
        agent.environment = self.environment
        return agent

    @extend_schema(operation_id="agents_read", responses=AppliedAgentSerializer)
    def get(self, request: Request, organisation: str, environment: str, agent: str) -> Response:
        """Show an agent with the generations that it serves."""
        applied = self.agent.applied.values_list("gateway", "generation")
        shape: Any = AppliedAgentSerializer(self.agent, context={"applied": applied})
        return Response(shape.data)

    @extend_schema(operation_id="agents_forget", responses={204: None})
    def delete(self, request: Request, organisation: str, environment: str, agent: str) -> Response:
        """Forget an agent that is gone for good; releases stop waiting for it."""
        forget_agent(self.agent, actor=self.actor)
        return Response(status=204)


class Report(AgentView):
    """An agent's report on itself."""

    max_body_bytes: ClassVar[int] = MOST_REPORT_BYTES

    @extend_schema(operation_id="agents_report", request=AgentReport, responses=TurnsSerializer)
    def post(self, request: Request, organisation: str, environment: str, agent: str) -> Response:
        """Take in a report. For agents."""
        check_name(agent)
        row = record_report(self.environment, agent, self.body(AgentReport))
        now = timezone.now()
        body = {
            "agents": live_agents(self.environment, now).values_list("name", flat=True),
            "applied_by_others": applied_by_others(self.environment, row),
        }
        return Response(TurnsSerializer(body).data)


class Rollups(AgentView):
    """The traffic that an agent rolled up."""

    max_body_bytes: ClassVar[int] = MOST_REPORT_BYTES

    @extend_schema(operation_id="agents_rollups", request=RollupsReport, responses={204: None})
    def post(self, request: Request, organisation: str, environment: str, agent: str) -> Response:
        """Take in rollups; those that are stored already change nothing. For agents."""
        check_name(agent)
        sent = self.body(RollupsReport)
        refuse_others(agent, sent)
        record_rollups(self.environment, [each.rollup() for each in sent.rollups])
        return Response(status=204)


def check_name(agent: str) -> None:
    """Refuse an agent's name that is no DNS label.

    Raises:
        Invalid: see above.
    """
    if not is_label(agent):
        raise Invalid(faults=[Fault("", f"{agent[:63]} is no name for an agent: use a DNS label")])


def refuse_others(agent: str, sent: RollupsReport) -> None:
    """Refuse rollups that say that another agent counted them.

    Raises:
        Invalid: with a fault for each.
    """
    faults = [
        Fault(f"/rollups/{index}/agent", f"the address says {agent}, not {rollup.agent}")
        for index, rollup in enumerate(sent.rollups)
        if rollup.agent != agent
    ]
    if faults:
        raise Invalid(faults=faults)


def applied_by_others(environment: Environment, agent: Agent) -> Mapping[str, int]:
    """Return gateway → newest generation that another live agent serves and `agent` does not.

    One query; what all agents agree on is left out, so the answer to a heartbeat is small.
    """
    rows = AppliedGeneration.objects.in_environment(environment)
    own = rows.filter(agent=agent, gateway=OuterRef("gateway")).values("generation")[:1]
    others = (
        rows.exclude(agent=agent)
        .filter(agent__in=live_agents(environment, timezone.now()))
        .annotate(own=Subquery(own))
        .filter(Q(own=None) | Q(generation__gt=F("own")))
        .order_by("gateway")
    )
    return dict(
        others.values("gateway").annotate(newest=Max("generation")).values_list("gateway", "newest")
    )
