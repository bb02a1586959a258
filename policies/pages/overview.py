"""The overview: is all well here?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from gateways import events as gateway_events
from gateways.models import Agent, Gateway, Service, Synchronisation
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
from gateways.selectors import (
    Liveness,
    agents_in,
    live_among,
    liveness_of,
    visible_gateways,
    visible_services,
)
from policies import events
from policies.pages import attention
from policies.pages.release_words import ReleaseLine, line_of
from policies.selectors import visible_releases
from tenants.authorisation import Principal
from tenants.models import Environment
from tenants.pages.access import may_in_organisation
from tenants.pages.explain import ask_address
from tenants.pages.page import May, address, person_of, stream_address
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
    frame = "vamp/fragment.html" if "fragment" in request.GET else "vamp/page.html"
    shown: dict[str, Any] = {
        "here": None,
        "may_make_environment": may_in_organisation(request, "environment.create"),
    }
    if environment is not None:
        shown = overview(person_of(request), environment)
    return {**context, "title": "Overview", "frame": frame, **shown}


def overview(person: Principal, environment: Environment) -> dict[str, Any]:
    """Return what the overview of `environment` shows `person`: nothing of what they may not see."""
    now = timezone.now()
    seen = _look(person, environment)
    recent = recent_traffic(environment, seen.gateways, now)
    liveness = liveness_of(environment, seen.gateways, now)
    matters = _matters(environment, seen, liveness, now)
    applied = sum(each.is_live for each in liveness.values())
    live = live_among(seen.all_agents, now)
    return {
        "here": environment,
        "now": now,
        "may": seen.may,
        "is_part": seen.is_part,
        "seen": seen.words,
        "ask_address": ask_address(environment),
        "is_new": not seen.is_part and not seen.gateways and not seen.services,
        "tiles": [
            *_traffic_tiles(recent),
            _releases_tile(environment, seen.active),
            _applied_tile(applied, seen, live),
            *([_instances_tile(seen.services)] if seen.services or not seen.is_part else ()),
            *([_scheduler_tile(environment, seen.scheduler)] if seen.sees_scheduler else ()),
        ],
        "recent": recent,
        "charts": _charts(environment, seen.gateways, recent, now),
        "fresh": freshness(seen.all_agents, now),
        "matters": matters[: attention.SHOWN],
        "more_matters": max(0, len(matters) - attention.SHOWN),
        "active": seen.active,
        "ended": seen.ended,
        **_events(environment, seen),
        "gateway_new": address("gateway-new", environment),
        "policy_new": address("policy-new", environment),
        "releases_address": address("releases", environment),
    }


@dataclass(frozen=True, slots=True)
class _Seen:
    """What of an environment somebody may see.

    Attributes:
        all_agents: those that are only counted, whoever asks; agents: those that are named.
    """

    may: May
    gateways: Sequence[Gateway]
    services: Sequence[Service]
    agents: Sequence[Agent]
    all_agents: Sequence[Agent]
    active: Sequence[ReleaseLine]
    ended: Sequence[ReleaseLine]
    scheduler: Synchronisation | None
    given_up: int

    @property
    def is_part(self) -> bool:
        """True where there may be more than they see."""
        return not (self.may.allows("gateway.view") and self.may.allows("service.view"))

    @property
    def sees_scheduler(self) -> bool:
        """True where they see what is the environment's own."""
        return self.may.allows("environment.view")

    @property
    def words(self) -> str:
        """What it is, such as ``gateway shop and 2 services``."""
        return f"{_named('gateway', self.gateways)} and {_named('service', self.services)}"


def _look(person: Principal, environment: Environment) -> _Seen:
    may = May(person, environment)
    rows = visible_releases(person, environment)
    agents = list(agents_in(environment))
    return _Seen(
        may=may,
        gateways=list(visible_gateways(person, environment)[:LOOKED_AT]),
        services=list(visible_services(person, environment)[:LOOKED_AT]),
        agents=agents if may.allows("agent.view") else (),
        all_agents=agents,
        active=[line_of(environment, row) for row in rows.active()],
        ended=[line_of(environment, row) for row in rows.filter(active=None)[:ENDED_SHOWN]],
        scheduler=Synchronisation.objects.in_environment(environment).first()
        if may.allows("environment.view")
        else None,
        given_up=_given_up(environment) if may.allows("event.view") else 0,
    )


def _given_up(environment: Environment) -> int:
    rows = DeadLetter.objects.using(environment.database)
    return rows.filter(
        organisation=environment.organisation.name, environment=environment.name
    ).count()


def _named(kind: str, rows: Sequence[Gateway | Service]) -> str:
    if len(rows) == 1:
        return f"{kind} {rows[0].name}"
    return f"{len(rows) or 'no'} {kind}{'s' if rows else ''}"


def _matters(
    environment: Environment, seen: _Seen, liveness: Mapping[str, Liveness], now: datetime
) -> list[attention.Matter]:
    agents: Iterable[attention.Matter] = ()
    if seen.may.allows("agent.view"):
        has_gateways = bool(seen.gateways)
        agents = attention.agents_in_trouble(seen.agents, has_gateways=has_gateways, now=now)
    return [
        *attention.scheduler_out_of_sync(environment, seen.scheduler),
        *attention.releases_waiting([*seen.active, *seen.ended], now),
        *agents,
        *attention.gateways_behind(environment, seen.gateways, liveness, now),
        *attention.services_out_of_step(environment, seen.services),
        *attention.given_up(seen.given_up),
    ]


def _events(environment: Environment, seen: _Seen) -> dict[str, Any]:
    if not seen.may.allows("event.view"):
        return {}
    return {
        "events": recent_events(environment),
        "live_stream": stream_address(environment),
        "live_events": LIVE_EVENTS,
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


def _applied_tile(applied: int, seen: _Seen, live: int) -> Tile:
    gateways, agents = len(seen.gateways), len(seen.agents)
    value = f"{applied} of {gateways}"
    if not seen.may.allows("agent.view"):
        tone = ("good" if applied == gateways else "warn") if gateways else ""
        return Tile("Applied", value, "gateways served as defined", tone)
    note = f"gateways served as defined; {live} of {agents} agents report"
    is_good = applied == gateways and live == agents and live > 0
    tone = ("good" if is_good else "warn") if gateways or agents else ""
    return Tile("Applied", value, note, tone, reverse("admin:gateways_agent_changelist"))


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
