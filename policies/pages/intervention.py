"""What people do to a running release: asked for, shown before → after, then done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from policies.access import RIGHT_FOR
from policies.domain.intervention import Action, Intervention, allowed_actions
from policies.domain.policy import WHOLE, Policy
from policies.domain.state import State
from policies.models import Release
from policies.pages.release_words import segments_of
from policies.selectors import plan_of, release_in
from policies.services.releases import intervene_in
from tenants.authorisation import require
from tenants.labels import target_in
from tenants.models import Environment
from tenants.pages.page import (
    address,
    api_address,
    environment_page,
    person_of,
    render,
    tell_refusal,
)
from vamp.errors import VampError
from vamp.pages.split import Segment


@dataclass(frozen=True, slots=True)
class ActionWords:
    """One action for people.

    Attributes:
        action: what it is called; label: on its button.
        effect: what will happen; done: what is said afterwards.
        tone: of the button.
    """

    action: str
    label: str
    effect: str
    done: str
    tone: str = "plain"


ACTIONS: Final[Mapping[Action, ActionWords]] = {
    Action.PAUSE: ActionWords(
        "pause", "Pause", "The split stays as it is until somebody resumes. Conditions are still"
        " watched: one that fails takes the version back.", "The release is paused.",
    ),
    Action.RESUME: ActionWords(
        "resume", "Resume", "The step goes on where it was paused.", "The release goes on.", "main",
    ),
    Action.SKIP: ActionWords(
        "skip", "Skip this step", "The step ends now, without its evidence.", "The step is skipped.",
    ),
    Action.PROMOTE: ActionWords(
        "promote", "Promote now", "All remaining steps are left out and the new version gets all"
        " traffic, without their evidence.", "The new version is being promoted.",
    ),
    Action.APPROVE: ActionWords(
        "approve", "Approve", "The step has its evidence. With your approval the release goes on.",
        "The step is approved.", "main",
    ),
    Action.ABORT: ActionWords(
        "abort", "Abort", "The release ends and all its traffic goes back to the version that had it"
        " before. The new version is not tried again by itself.",
        "The release is being aborted; all traffic goes back.", "bad",
    ),
}  # fmt: skip


@environment_page("release.view")
def intervention(
    request: HttpRequest, environment: Environment, gateway: str, number: int, action: str
) -> HttpResponse:
    """Ask whether to do `action`, showing before → after; do it on POST."""
    chosen = _named(action)
    target = target_in(environment, "release", gateway)
    allowed = require(person_of(request), RIGHT_FOR[chosen], target)
    release = release_in(environment, gateway, number)
    state = State.from_value(release.state)
    page = address("release", environment, gateway, number)
    if request.method == "POST":
        return _done(request, release, chosen, page, allowed.max_weight)
    if chosen not in allowed_actions(state):
        messages.info(request, f"The release is {state.phase.words}; nothing to {chosen.value}.")
        return HttpResponseRedirect(page)
    words = ACTIONS[chosen]
    context = {
        "title": f"{words.label}: release {number} of {gateway}",
        "here": environment,
        "release": release,
        "words": words,
        "step": state.step,
        "before": segments_of(release, state.weights.source_weight, state.weights.target_weight),
        "after": split_after(release, plan_of(release.policy_version), state, chosen),
        "back": page,
        "api": api_address(environment, "gateways", gateway, "releases", number, chosen.value),
    }
    return render(request, "vamp/release_action.html", context)


def _named(action: str) -> Action:
    try:
        return Action(action)
    except ValueError:
        raise Http404(f"There is nothing called {action} to do to a release.") from None


def split_after(release: Release, plan: Policy, state: State, action: Action) -> Sequence[Segment]:
    """Return the split that `action` leads to."""
    present = state.weights.target_weight
    if action in (Action.PAUSE, Action.RESUME):
        target = present
    elif action is Action.ABORT:
        target = 0
    elif action is Action.PROMOTE:
        target = WHOLE
    else:
        target = _next_weight(plan, state.step, present)
    return segments_of(release, WHOLE - target, target)


def _next_weight(plan: Policy, step: int, present: int) -> int:
    if step + 1 < len(plan.steps):
        return plan.steps[step + 1].target_weight
    return WHOLE if plan.promotes else present


def _done(
    request: HttpRequest, release: Release, action: Action, page: str, most: int | None
) -> HttpResponse:
    step = request.POST.get("step", "")
    asked = Intervention(
        action=action,
        actor=request.user.get_username(),
        reason=request.POST.get("reason", "").strip()[:500],
        step=int(step) if step.isdecimal() else None,
    )
    try:
        intervene_in(release, asked, most=most)
    except VampError as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, f"{ACTIONS[action].done} This page shows how it goes on.")
    return HttpResponseRedirect(page)
