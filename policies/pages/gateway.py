"""The page of one gateway, with the releases that move its traffic."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from gateways import events as gateway_events
from gateways.access import shift_of
from gateways.pages.gateway import gateway_context
from gateways.selectors import gateway_in
from policies import events
from policies.pages.release_words import line_of
from policies.selectors import visible_releases
from tenants.labels import target_in
from tenants.models import Environment
from tenants.pages.explain import ask_address
from tenants.pages.page import (
    address,
    environment_page,
    may_to,
    person_of,
    render,
    stream_address,
)

LIVE_EVENTS = " ".join(
    [
        gateway_events.GATEWAY_CHANGED,
        gateway_events.GATEWAY_PUBLISHED,
        gateway_events.GATEWAY_APPLIED,
        gateway_events.WEIGHTS_CHANGED,
        gateway_events.ROUTE_ADDED,
        gateway_events.ROUTE_REMOVED,
        gateway_events.INSTANCES_CHANGED,
        events.RELEASE_STARTED,
        events.RELEASE_CHANGED,
        events.RELEASE_FINISHED,
    ]
)
RELEASES_SHOWN = 5


@environment_page("gateway.view")
def gateway(request: HttpRequest, environment: Environment, name: str) -> HttpResponse:
    """Show one gateway."""
    now = timezone.now()
    found = gateway_in(environment, name)
    person = person_of(request)
    releases = visible_releases(person, environment).filter(gateway=found)[:RELEASES_SHOWN]
    lines = [line_of(environment, release) for release in releases]
    context = {
        **gateway_context(environment, found, request.GET.get("span", ""), now),
        "title": found.title or f"Gateway {found.name}",
        "active": next((line for line in lines if line.release.active), None),
        "releases": lines,
        "ask_address": ask_address(environment, "gateway.release", name),
        "most": shift_of(person, target_in(environment, "gateway", name)).most,
        "policy_address": address("policy", environment, found.policy)
        if found.policy and may_to(request, "policy.view", environment, found.policy)
        else "",
        "live_stream": stream_address(environment),
        "live_events": LIVE_EVENTS,
    }
    return render(request, "vamp/gateway.html", context)
