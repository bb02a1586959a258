"""Cloning an environment from a form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tenants.authorisation import authority_of, require
from tenants.domain.authority import Target
from tenants.models import Environment, Stage
from tenants.pages.access import may_in_organisation
from tenants.pages.lifter_words import tabs
from tenants.pages.page import api_address, environment_page, person_of, render
from tenants.services.cloning import Clone, clone_environment
from vamp.errors import Fault, VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError

TEXTS = ("name", "title", "stage", "scheduler_url", "namespace")
NUMBERS = ("order", "shared_port")


@environment_page("environment.view", post="environment.create", changes_idle=True)
def clone(request: HttpRequest, environment: Environment) -> HttpResponse:
    """Ask what the clone is to be called and where its services run; make it on POST."""
    sent = {name: getattr(environment, name) for name in (*TEXTS, *NUMBERS)}
    sent |= {"name": "", "title": "", "namespace": "", "with_secrets": False}
    faults: tuple[Fault, ...] = ()
    status = 200
    if request.method == "POST":
        sent = {name: request.POST.get(name, "").strip() for name in (*TEXTS, *NUMBERS)}
        sent["with_secrets"] = "with_secrets" in request.POST
        try:
            if sent["with_secrets"]:
                require(person_of(request), "secret.change", Target(environment.name))
            made = clone_environment(
                environment,
                actor=request.user.get_username(),
                by=authority_of(person_of(request)),
                **_wanted(sent),
            )
        except (VampError, PortError) as error:
            refusal = told(error)
            told_of = refusal.faults or (Fault("", refusal.message),)
            # The page ends each sentence itself.
            faults = tuple(replace(each, message=each.message.rstrip(".")) for each in told_of)
            status = refusal.status
        else:
            _tell(request, made)
            return HttpResponseRedirect(
                reverse("admin:tenants_environment_change", args=[made.environment.pk])
            )
    context = {
        "title": f"Clone {environment}",
        "here": environment,
        "tabs": tabs(request, environment, "clone"),
        "sent": sent,
        "faults": faults,
        "stages": Stage.choices,
        "may_clone": may_in_organisation(request, "environment.create"),
        "back": reverse("admin:tenants_environment_change", args=[environment.pk]),
        "api": api_address(environment, "clone"),
    }
    return render(request, "vamp/clone.html", context, status=status)


def _wanted(sent: dict[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {name: sent[name] for name in TEXTS}
    wanted["with_secrets"] = sent["with_secrets"]
    for name in NUMBERS:
        # What is no number the service refuses at its field.
        wanted[name] = int(sent[name]) if sent[name].isdecimal() else sent[name] or 0
    return wanted


def _tell(request: HttpRequest, made: Clone) -> None:
    copied = ", ".join(f"{count} {kind}" for kind, count in made.copied.items())
    messages.success(request, f"{made.environment} is made, with {copied}.")
    if made.secrets_missing:
        names = ", ".join(made.secrets_missing)
        messages.warning(request, f"Set what it was not given: the secrets {names}.")
    for note in made.notes:
        messages.info(request, note)
