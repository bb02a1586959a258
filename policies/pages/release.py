"""The page of one release: what is happening, why, and what next?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from gateways import events as gateway_events
from gateways.pages.freshness import freshness
from gateways.selectors import agents_in, liveness_of
from policies import events
from policies.access import RIGHT_FOR
from policies.domain.intervention import allowed_actions
from policies.domain.policy import Policy, Step
from policies.domain.state import State
from policies.models import Decision, Release
from policies.pages.evidence import ConditionPanel, Series, evaluations_of, panels
from policies.pages.intervention import ACTIONS, ActionWords
from policies.pages.release_words import PHASE_TONES, line_of
from policies.selectors import plan_of, release_in
from tenants.models import Environment
from tenants.pages.page import (
    address,
    api_address,
    environment_page,
    may_on,
    may_to,
    render,
    stream_address,
)
from vamp.documents.units import format_duration

DECISIONS_SHOWN = 200
LIVE_EVENTS = " ".join(
    [
        events.RELEASE_CHANGED,
        events.RELEASE_FINISHED,
        events.HOOK_DELIVERED,
        events.HOOK_FAILED,
        gateway_events.WEIGHTS_CHANGED,
        gateway_events.GATEWAY_APPLIED,
    ]
)


@dataclass(frozen=True, slots=True)
class StepPanel:
    """One step of the timeline.

    Attributes:
        number: from 1; name: of the step.
        standing: ``done``, ``now``, ``stopped`` or ``ahead``.
        words: the same for people.
        target_weight: hundredths of a percent.
        extra: requests that the target gets beside its weight, in words.
        terms: durations and approval in words.
        conditions: with what was measured.
    """

    number: int
    name: str
    standing: str
    words: str
    target_weight: int
    extra: str
    terms: str
    conditions: Sequence[ConditionPanel]


@environment_page("release.view")
def release(
    request: HttpRequest, environment: Environment, gateway: str, number: int
) -> HttpResponse:
    """Show one release."""
    now = timezone.now()
    found = release_in(environment, gateway, number)
    state, plan = State.from_value(found.state), plan_of(found.policy_version)
    context = {
        "title": f"Release {number} of {gateway}",
        "here": environment,
        "now": now,
        "release": found,
        "line": line_of(environment, found),
        "state": state,
        "tone": PHASE_TONES[state.phase],
        "steps": timeline(plan, state, evaluations_of(environment, found), now),
        "actions": _actions(request, environment, found, state),
        "liveness": liveness_of(environment, [found.gateway], now)[gateway],
        "fresh": freshness(agents_in(environment), now),
        "decisions": Decision.objects.in_environment(environment)
        .filter(release=found)
        .order_by("-at", "-id")[:DECISIONS_SHOWN],
        "hooks": list(found.hooks.all()),
        "gateway_address": address("gateway", environment, gateway),
        "policy_address": _policy_address(request, environment, found),
        "api": api_address(environment, "gateways", gateway, "releases", number),
        "live_stream": stream_address(environment),
        "live_events": LIVE_EVENTS,
    }
    return render(request, "vamp/release.html", context)


def timeline(plan: Policy, state: State, series: Series, now: datetime) -> list[StepPanel]:
    """Return the steps in their order, the present one marked."""
    return [
        StepPanel(
            number=index + 1,
            name=step.name,
            standing=_standing(index, state),
            words=_STANDINGS[_standing(index, state)],
            target_weight=step.target_weight,
            extra=_extra(step),
            terms=_terms(step),
            conditions=panels(step, index, series, state, now),
        )
        for index, step in enumerate(plan.steps)
    ]


_STANDINGS = {"done": "done", "now": "now", "stopped": "stopped here", "ahead": "not reached"}


def _standing(index: int, state: State) -> str:
    if index < state.step:
        return "done"
    if index > state.step:
        return "ahead"
    if state.phase.is_in_step:
        return "now"
    is_taken_back = state.weights.target_weight == 0
    return "stopped" if is_taken_back else "done"


def _extra(step: Step) -> str:
    if step.condition is None:
        return ""
    return f"and {step.strength / 100:g}% of requests where {step.condition}"


def _terms(step: Step) -> str:
    terms = [f"within {format_duration(step.maximum)}"]
    if step.minimum:
        terms.insert(0, f"at least {format_duration(step.minimum)}")
    if step.needs_approval:
        terms.append("then a person approves")
    return ", ".join(terms)


def _actions(
    request: HttpRequest, environment: Environment, release: Release, state: State
) -> list[tuple[ActionWords, str]]:
    may, here = may_on(request), (release.gateway.name, release.number)
    return [
        (ACTIONS[action], address("release-action", environment, *here, action.value))
        for action in allowed_actions(state)
        if may.allows(RIGHT_FOR[action])
    ]


def _policy_address(request: HttpRequest, environment: Environment, release: Release) -> str:
    name = release.policy_version.policy.name
    is_shown = may_to(request, "policy.view", environment, name)
    return address("policy", environment, name) if is_shown else ""
