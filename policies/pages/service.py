"""The page of one service: what runs, and who sends it traffic?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from gateways import events
from gateways.models import Instance, Route, Service, ServiceVersion
from gateways.selectors import services_in, visible_routes
from policies.domain.version import sort_key
from policies.pages.release_words import line_of
from policies.selectors import visible_releases
from tenants.models import Environment
from tenants.pages.page import (
    address,
    api_address,
    environment_page,
    person_of,
    render,
    stream_address,
)

RELEASES_SHOWN = 8
LIVE_EVENTS = " ".join(
    [
        events.INSTANCES_CHANGED,
        events.VERSION_APPEARED,
        events.VERSION_VANISHED,
        events.WEIGHTS_CHANGED,
    ]
)


@dataclass(frozen=True, slots=True)
class VersionPanel:
    """One version as the page shows it.

    Attributes:
        version: the row; instances: of it; ready: how many are ready.
        standing: desired against observed, in words; tone: how good that is.
        routes: where it gets traffic.
    """

    version: ServiceVersion
    instances: Sequence[Instance]
    ready: int
    standing: str
    tone: str
    routes: Sequence[tuple[Route, str]]


@environment_page("service.view")
def service(request: HttpRequest, environment: Environment, name: str) -> HttpResponse:
    """Show one service."""
    found = services_in(environment).filter(name=name).first()
    if found is None:
        raise Http404(f"There is no service {name} in {environment}.")
    person = person_of(request)
    routes = list(visible_routes(person, environment).filter(service=name))
    releases = visible_releases(person, environment).filter(service=name)[:RELEASES_SHOWN]
    context = {
        "title": f"Service {name}",
        "here": environment,
        "now": timezone.now(),
        "service": found,
        "panels": version_panels(environment, found, routes),
        "releases": [line_of(environment, release) for release in releases],
        "api": api_address(environment, "services", name),
        "live_stream": stream_address(environment),
        "live_events": LIVE_EVENTS,
    }
    return render(request, "vamp/service.html", context)


def version_panels(
    environment: Environment, found: Service, routes: Sequence[Route]
) -> Sequence[VersionPanel]:
    """Return the versions, newest first in the order of semantic versioning."""
    versions = sorted(
        found.versions.all(), key=lambda version: sort_key(version.name), reverse=True
    )
    return [_panel(environment, version, routes) for version in versions]


def _panel(
    environment: Environment, version: ServiceVersion, routes: Sequence[Route]
) -> VersionPanel:
    instances = list(version.instances.all())
    ready = sum(instance.is_ready for instance in instances)
    standing, tone = standing_words(version, len(instances), ready)
    return VersionPanel(
        version=version,
        instances=instances,
        ready=ready,
        standing=standing,
        tone=tone,
        routes=[
            (route, address("gateway", environment, route.gateway.name))
            for route in routes
            if route.version == version.name
        ],
    )


def standing_words(version: ServiceVersion, observed: int, ready: int) -> tuple[str, str]:
    """Return desired against observed in words, and how good that is."""
    if not version.is_present:
        return "gone from the scheduler", "quiet"
    if version.desired == 0 and not observed:
        return "stopped: no instance is wanted", "quiet"
    if ready == version.desired == observed:
        return "in sync", "good"
    if observed > version.desired:
        return f"{observed - version.desired} more than wanted; they are being stopped", "warn"
    if observed < version.desired:
        return f"{version.desired - observed} of {version.desired} not started yet", "warn"
    return f"{observed - ready} of {observed} not ready", "bad" if not ready else "warn"
