"""What needs a person, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from gateways.models import Agent, Gateway, Service, Synchronisation
from gateways.selectors import Liveness
from policies.domain.state import Phase
from policies.pages.release_words import ReleaseLine
from policies.pages.service import standing_words
from policies.services.starting import Due
from tenants.models import Environment
from tenants.pages.page import address
from tenants.services.quotas import Usage

RECENT = timedelta(hours=24)
SETTLING = timedelta(seconds=30)
"""A gateway changed this lately is on its way to the agents, not stuck."""
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that needs a person.

    Attributes:
        tone: ``bad`` or ``warn``; text: what and since when; action: what to do; link: where.
        command: what to type, where a command does it.
        at: since when, None where that is not known.
    """

    tone: str
    text: str
    action: str = ""
    link: str = ""
    command: str = ""
    at: datetime | None = None


def scheduler_out_of_sync(
    environment: Environment, found: Synchronisation | None
) -> Iterator[Matter]:
    """Yield that the scheduler is not followed; nothing where nobody has looked at it yet."""
    if found is not None and not found.is_in_sync:
        why = f": {found.error.rstrip('.')}" if found.error else ""
        text = f"The scheduler is not in sync{why}. Versions and instances may be out of date."
        page = reverse("admin:tenants_environment_change", args=[environment.pk])
        command = "python manage.py doctor"
        yield Matter("bad", text, "See its address", page, command, found.since)


def releases_waiting(lines: Sequence[ReleaseLine], now: datetime) -> Iterator[Matter]:
    """Yield releases that wait for a person, and those lately taken back."""
    for line in lines:
        release = line.release
        what = f"Release {release.number} of {release.gateway.name}"
        if release.status == Phase.WAITING_FOR_APPROVAL:
            text = f"{what} has its evidence for step {line.step} and waits for approval."
            yield Matter("warn", text, "Approve or abort", line.address)
        elif release.status == Phase.PAUSED:
            yield Matter(
                "warn", f"{what} is paused: {release.reason}", "Resume or abort", line.address
            )
        elif (
            release.status == Phase.ROLLED_BACK
            and release.ended_at
            and now - release.ended_at < RECENT
        ):
            text = f"{what} ({release.target_version or release.target}) was rolled back: {release.reason}"
            yield Matter("bad", text, "See the evidence", line.address, at=release.ended_at)


def releases_without_room(due: Sequence[Due], usage: Usage | None) -> Iterator[Matter]:
    """Yield releases that would start by themselves, were more at once allowed."""
    for gateway, target in due:
        text = (
            f"{target.version or target.name} waits to be released on gateway {gateway.name}:"
            f" {usage.used if usage else 0} of {usage.limit if usage else 0} releases at once are"
            " under way in the organisation. It starts when one has ended; a platform administrator"
            " can raise the limit."
        )
        page = address("releases", gateway.environment)
        yield Matter("warn", text, "See the releases", page)


def gateways_behind(
    environment: Environment,
    gateways: Sequence[Gateway],
    liveness: Mapping[str, Liveness],
    now: datetime,
) -> Iterator[Matter]:
    """Yield gateways whose newest definition is not served everywhere though it ought to be."""
    for gateway in gateways:
        live = liveness[gateway.name]
        if live.is_live or not live.agents or now - gateway.changed_at < SETTLING:
            continue
        page = address("gateway", environment, gateway.name)
        if live.published < live.desired:
            text = f"Gateway {gateway.name} is not published: {live.desired} desired, {live.published} published."
            command = "python manage.py publish_stale"
            yield Matter("bad", text, "Open the gateway", page, command, gateway.changed_at)
        else:
            text = f"{', '.join(live.behind)} {_is(live.behind)} behind on gateway {gateway.name}."
            yield Matter("warn", text, "Open the gateway", page, at=gateway.changed_at)


def agents_in_trouble(
    agents: Sequence[Agent], *, has_gateways: bool, now: datetime
) -> Iterator[Matter]:
    """Yield agents that are gone or report faults, or that there is none."""
    everyone = reverse("admin:gateways_agent_changelist")
    if not agents and has_gateways:
        text = "No agent serves this environment, so no gateway takes traffic."
        yield Matter("bad", text, "Set up an agent", everyone, "vga --help")
    for agent in agents:
        silent = now - agent.reported_at
        if silent > timedelta(seconds=settings.VAMP.agent_timeout_s):
            text = (
                f"Agent {agent.name} at {agent.address or 'an unknown address'} has not reported."
            )
            yield Matter("bad", text, "See the agents", everyone, at=agent.reported_at)
        for fault in agent.faults[:3]:
            of = f" on gateway {fault['gateway']}" if fault.get("gateway") else ""
            yield Matter(
                "bad",
                f"Agent {agent.name}{of}: {fault.get('message', '')}",
                "See the agents",
                everyone,
            )


def services_out_of_step(environment: Environment, services: Sequence[Service]) -> Iterator[Matter]:
    """Yield versions whose ready instances are not those that are wanted."""
    for service in services:
        for version in service.versions.all():
            instances = version.instances.all()
            ready = sum(instance.is_ready for instance in instances)
            words, tone = standing_words(version, len(instances), ready)
            if tone in {"bad", "warn"}:
                reasons = {instance.reason for instance in instances if instance.reason}
                why = f" ({'; '.join(sorted(reasons))})" if reasons else ""
                text = f"{service.name} {version.name}: {words}{why}."
                yield Matter(
                    tone, text, "Open the service", address("service", environment, service.name)
                )


def given_up(count: int) -> Iterator[Matter]:
    """Yield that there are events which a consumer gave up on."""
    if count:
        text = f"{count} event{'' if count == 1 else 's'} could not be worked off."
        yield Matter("warn", text, "See them", reverse("admin:vamp_deadletter_changelist"))


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
