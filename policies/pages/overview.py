"""The overview: is all well here?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from gateways import events as gateway_events
from gateways.models import Gateway, Service, Synchronisation
from gateways.pages.freshness import freshness
from gateways.pages.records import recent_events
from gateways.pages.traffic import (
    SPANS,
    Figures,
    RecentTraffic,
    TrafficChart,
    recent_traffic,
    traffic_chart,
)
from gateways.selectors import agents_in, gateways_in, live_agents, liveness_of, services_in
from policies import events
from policies.pages import attention
from policies.pages.release_words import ReleaseLine, line_of
from policies.selectors import releases_in
from policies.services.starting import waiting_for_room
from tenants.models import Environment
from tenants.pages.page import address, stream_address
from tenants.pages.switcher import environment_of
from vamp.models import DeadLetter
from vamp.pages import wording

CHARTS = 4
"""Busiest gateways that are drawn."""
LOOKED_AT = 500
"""Gateways and services whose state the overview looks at; beyond that it says so."""
ENDED_SHOWN = 8
REASON_SHOWN = 100
"""Characters of a reason in a tile; what needs attention tells all of it."""
LIVE_EVENTS = " ".join(
    [
        gateway_events.GATEWAY_CREATED,
        gateway_events.GATEWAY_APPLIED,
        gateway_events.GATEWAY_REMOVED,
        gateway_events.WEIGHTS_CHANGED,
        gateway_events.INSTANCES_CHANGED,
        gateway_events.VERSION_APPEARED,
        gateway_events.AGENT_APPEARED,
        gateway_events.AGENT_FAULTED,
        events.RELEASE_STARTED,
        events.RELEASE_CHANGED,
        events.RELEASE_FINISHED,
    ]
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One number at a glance.

    Attributes:
        label: what it is; value: with its unit; note: what it is of; tone: how good that is.
        link: where to see more; at: since when, None where that is not known.
    """

    label: str
    value: str
    note: str = ""
    tone: str = ""
    link: str = ""
    at: datetime | None = None


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the index page what the overview shows; called by the admin site."""
    environment = environment_of(request)
    shown = overview(environment) if environment else {"here": None}
    frame = "vamp/fragment.html" if "fragment" in request.GET else "vamp/page.html"
    return {**context, "title": "Overview", "frame": frame, **shown}


def overview(environment: Environment) -> dict[str, Any]:
    """Return what the overview of `environment` shows."""
    now = timezone.now()
    gateways = list(gateways_in(environment)[:LOOKED_AT])
    services = list(services_in(environment)[:LOOKED_AT])
    agents = list(agents_in(environment))
    rows = releases_in(environment)
    active = [line_of(environment, row) for row in rows.active()]
    ended = [line_of(environment, row) for row in rows.filter(active=None)[:ENDED_SHOWN]]
    recent = recent_traffic(environment, gateways, now)
    liveness = liveness_of(environment, gateways, now)
    dead = DeadLetter.objects.using(environment.database).filter(
        organisation=environment.organisation.name, environment=environment.name
    )
    scheduler = Synchronisation.objects.in_environment(environment).first()
    matters = [
        *attention.scheduler_out_of_sync(environment, scheduler),
        *attention.releases_waiting([*active, *ended], now),
        *attention.releases_without_room(*waiting_for_room(environment)),
        *attention.agents_in_trouble(agents, has_gateways=bool(gateways), now=now),
        *attention.gateways_behind(environment, gateways, liveness, now),
        *attention.services_out_of_step(environment, services),
        *attention.given_up(dead.count()),
    ]
    live = live_agents(environment, now).count()
    applied = sum(each.is_live for each in liveness.values())
    return {
        "here": environment,
        "now": now,
        "is_new": not gateways and not services,
        "tiles": [
            *_traffic_tiles(recent),
            _releases_tile(environment, active),
            _applied_tile(applied, len(gateways), live, len(agents)),
            _instances_tile(services),
            _scheduler_tile(environment, scheduler),
        ],
        "recent": recent,
        "charts": _charts(environment, gateways, recent, now),
        "fresh": freshness(agents, now),
        "matters": matters[: attention.SHOWN],
        "more_matters": max(0, len(matters) - attention.SHOWN),
        "active": active,
        "ended": ended,
        "events": recent_events(environment),
        "live_stream": stream_address(environment),
        "live_events": LIVE_EVENTS,
        "gateway_new": address("gateway-new", environment),
        "policy_new": address("policy-new", environment),
        "releases_address": address("releases", environment),
    }


def _traffic_tiles(recent: RecentTraffic) -> list[Tile]:
    total: Figures | None = recent.total
    if total is None:
        return [Tile("Traffic", "–", "the metrics store does not answer", "bad")]
    success_tone = "" if total.success is None else "good" if total.success >= 0.99 else "bad"
    return [
        Tile("Requests", f"{wording.rate(total.rate)} /s", "over the last minute"),
        Tile(
            "Success",
            wording.ratio(total.success),
            "requests without a server's error",
            success_tone,
        ),
        Tile("Latency p95", wording.milliseconds(total.p95_ms), "19 in 20 requests are faster"),
    ]


def _releases_tile(environment: Environment, active: Sequence[ReleaseLine]) -> Tile:
    waiting = sum(line.tone == "warn" for line in active)
    note = f"{waiting} wait for a person" if waiting else "none waits for a person"
    tone = "warn" if waiting else ""
    return Tile(
        "Releases under way", str(len(active)), note, tone, address("releases", environment)
    )


def _applied_tile(applied: int, gateways: int, live: int, agents: int) -> Tile:
    note = f"gateways served as defined; {live} of {agents} agents report"
    is_good = applied == gateways and live == agents and live > 0
    tone = ("good" if is_good else "warn") if gateways or agents else ""
    link = reverse("admin:gateways_agent_changelist")
    return Tile("Applied", f"{applied} of {gateways}", note, tone, link)


def _instances_tile(services: Sequence[Service]) -> Tile:
    versions = [
        version for service in services for version in service.versions.all() if version.is_present
    ]
    wanted = sum(version.desired for version in versions)
    ready = sum(i.is_ready for version in versions for i in version.instances.all())
    note = f"instances ready of {len(services)} service{'' if len(services) == 1 else 's'}"
    tone = ("good" if ready >= wanted else "warn") if wanted else ""
    link = reverse("admin:gateways_service_changelist")
    return Tile("Instances", f"{ready} of {wanted}", note, tone, link)


def _scheduler_tile(environment: Environment, found: Synchronisation | None) -> Tile:
    link = reverse("admin:tenants_environment_change", args=[environment.pk])
    if found is None:
        return Tile("Scheduler", "–", "not looked at yet", link=link)
    if found.is_in_sync:
        return Tile("Scheduler", "in sync", "", "good", link, found.since)
    reason = Truncator(found.error).chars(REASON_SHOWN)
    return Tile("Scheduler", "not in sync", reason, "bad", link, found.since)


def _charts(
    environment: Environment, gateways: Sequence[Gateway], recent: RecentTraffic, now: datetime
) -> list[tuple[TrafficChart, str]]:
    def requests(gateway: Gateway) -> int:
        figures = recent.gateways.get(gateway.name)
        return figures.requests if figures else 0

    busiest = sorted((g for g in gateways if requests(g)), key=requests, reverse=True)[:CHARTS]
    drawn = [
        (traffic_chart(environment, gateway, SPANS["10m"], now), gateway.name)
        for gateway in busiest
    ]
    return [
        (chart, address("gateway", environment, name)) for chart, name in drawn if chart is not None
    ]
