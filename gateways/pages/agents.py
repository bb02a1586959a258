"""The agents of an environment: heartbeat, revision, trouble, and how to start one more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from gateways import events
from gateways.models import Agent, AppliedGeneration, Gateway
from gateways.selectors import agents_in
from gateways.services.agent_start import AgentStart, start_agent
from tenants.authorisation import may
from tenants.domain.authority import Target
from tenants.models import Environment
from tenants.pages.lifter_words import tabs
from tenants.pages.page import (
    address,
    api_address,
    environment_page,
    person_of,
    render,
    stream_address,
    tell_refusal,
)
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError

LIVE_EVENTS = " ".join([events.AGENT_APPEARED, events.AGENT_FAULTED, events.GATEWAY_APPLIED])


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent on the page.

    Attributes:
        agent: its row; is_live: whether it reported lately.
        applied: gateways that it serves as they are published; applied_at: since when the last.
        trouble: what it could not do, in its words.
    """

    agent: Agent
    is_live: bool
    applied: int
    applied_at: datetime | None
    trouble: Sequence[str]


@environment_page("agent.view", post="agent.create")
def agents(request: HttpRequest, environment: Environment) -> HttpResponse:
    """Show the agents; on POST make a token and show, this once, what starts one with it."""
    start: AgentStart | None = None
    if request.method == "POST":
        try:
            start = start_agent(
                environment,
                actor=request.user.get_username(),
                api_url=f"{request.scheme}://{request.get_host()}",
            )
        except (VampError, PortError) as refusal:
            tell_refusal(request, told(refusal))
            return HttpResponseRedirect(address("agents", environment))
    # The admin lets nothing be cached, so that the command is shown this once.
    return render(request, "vamp/agents.html", _context(request, environment, start))


def agent_lines(environment: Environment, now: datetime) -> list[AgentLine]:
    """Return the agents of `environment`. Three queries, however many."""
    since = now - timedelta(seconds=settings.VAMP.agent_timeout_s)
    published = dict(
        Gateway.objects.in_environment(environment)
        .present()
        .values_list("name", "published_generation")
    )
    served: dict[int, list[AppliedGeneration]] = {}
    for row in AppliedGeneration.objects.in_environment(environment):
        if row.generation >= published.get(row.gateway, row.generation + 1):
            served.setdefault(row.agent_id, []).append(row)
    return [
        AgentLine(
            agent=agent,
            is_live=agent.reported_at >= since,
            applied=len(served.get(agent.pk, ())),
            applied_at=max((row.applied_at for row in served.get(agent.pk, ())), default=None),
            trouble=[str(fault.get("message", "")) for fault in agent.faults],
        )
        for agent in agents_in(environment)
    ]


def _context(
    request: HttpRequest, environment: Environment, start: AgentStart | None
) -> dict[str, Any]:
    lines = agent_lines(environment, timezone.now())
    gateways = Gateway.objects.in_environment(environment).present()
    total = gateways.count()
    return {
        "title": f"Agents of {environment}",
        "here": environment,
        "lines": lines,
        "gateways": total,
        "live": sum(line.is_live for line in lines),
        "start": start,
        "may_start": may(person_of(request), "agent.create", Target(environment.name)),
        "tokens": reverse("admin:tenants_apitoken_changelist"),
        "tabs": tabs(request, environment, "agents"),
        "api": api_address(environment, "agents"),
        "live_stream": "" if start else stream_address(environment),
        "live_events": LIVE_EVENTS,
    }
