"""The page of an environment's set-up: each step with how far it is, and the button that runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from tenants import events
from tenants.authorisation import may, require
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
from tenants.services.setup.namespace import grant_namespace, manifest_of
from tenants.services.setup.running import (
    BY_HAND,
    DONE,
    FAILED,
    RUNNING,
    StepState,
    is_alive,
    request_setup,
    run_of,
    states_of,
)
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError

TONES = {DONE: "good", RUNNING: "busy", FAILED: "bad", BY_HAND: "warn"}


@environment_page("", post="environment.change")
def setup(request: HttpRequest, environment: Environment) -> HttpResponse:
    """Show how far the set-up is; ask for a run on POST."""
    if request.method == "POST":
        _run(request, environment)
        return HttpResponseRedirect(address("setup", environment))
    return render(request, "vamp/setup.html", _context(request, environment))


def _run(request: HttpRequest, environment: Environment) -> None:
    actor = request.user.get_username()
    try:
        if kubeconfig := request.POST.get("kubeconfig", ""):
            # The account's token becomes the scheduler's secret.
            require(person_of(request), "secret.change", Target(environment.name))
            grant_namespace(environment, kubeconfig, actor=actor)
            messages.success(
                request, f"Namespace {environment.namespace} is there, with an account for Vamp."
            )
        request_setup(environment, actor=actor)
    except (VampError, PortError) as refusal:
        tell_refusal(request, told(refusal))
    else:
        messages.success(request, "The set-up has begun. This page shows how it goes.")


def _context(request: HttpRequest, environment: Environment) -> dict[str, Any]:
    run = run_of(environment)
    steps = states_of(environment, run)
    return {
        "title": f"Set-up of {environment}",
        "here": environment,
        "run": run,
        "is_under_way": run is not None and is_alive(run),
        "steps": [(step, TONES.get(step.state, "")) for step in steps],
        "progress": progress(steps),
        "is_done": all(step.state == DONE for step in steps),
        "manifest": manifest_of(environment),
        "may_run": may(person_of(request), "environment.change", Target(environment.name)),
        "tabs": tabs(request, environment, "setup"),
        "agents": address("agents", environment),
        "connections": address("connections", environment),
        "command": f"python manage.py setup_environment {environment}",
        "api": api_address(environment, "setup"),
        "live_stream": stream_address(environment),
        "live_events": f"{events.SETUP_CHANGED} {events.SETUP_REQUESTED}",
    }


def progress(steps: Sequence[StepState]) -> tuple[int, int]:
    """Return how many steps are done, and of how many."""
    return sum(step.state == DONE for step in steps), len(steps)
