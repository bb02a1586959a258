"""Which environment the person works in: chosen at the top of every page and remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from tenants.models import Environment, LifeState
from tenants.models.environment import Stage
from tenants.selectors import environments_for

SESSION_KEY = "vamp-environment"
SHOWN = 20
"""Environments in the drop-down; the rest are found by the list behind it."""

_COLOURS = {
    Stage.PRODUCTION: "danger",
    Stage.ACCEPTANCE: "warning",
    Stage.TEST: "info",
    Stage.DEVELOPMENT: "success",
}

_IDLE_COLOURS = {LifeState.ARCHIVED: "warning", LifeState.DELETING: "danger"}


def environment_of(request: HttpRequest) -> Environment | None:
    """Return the chosen environment, else the person's first; None where they have none.

    At most two queries a request. A remembered environment that is gone or was never theirs is
    forgotten.
    """
    if not hasattr(request, "vamp_environment"):
        request.vamp_environment = _remembered(request)  # type: ignore[attr-defined]
    found: Environment | None = request.vamp_environment  # type: ignore[attr-defined]
    return found


def enter(request: HttpRequest, environment: Environment) -> None:
    """Remember `environment`, which the person must be known to see."""
    request.vamp_environment = environment  # type: ignore[attr-defined]
    if request.session.get(SESSION_KEY) != environment.path:
        request.session[SESSION_KEY] = environment.path


def stage_badge(request: HttpRequest) -> list[str] | None:
    """Return the badge at the top: the environment's path, in the colour of its stage."""
    environment = environment_of(request)
    if environment is None:
        return None
    stage = Stage(environment.stage)
    text = environment.path if stage == environment.name else f"{environment.path} · {stage.label}"
    if not environment.is_active:
        return [f"{environment.path} · {environment.life.label}", _IDLE_COLOURS[environment.life]]
    return [text, _COLOURS[stage]]


def environments_menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the items of the switcher, the present environment marked. One query."""
    if not request.user.is_authenticated:
        return []
    chosen = environment_of(request)
    items = [
        {
            "title": f"{environment.path} · {Stage(environment.stage).label}",
            "icon": "check" if chosen and environment.pk == chosen.pk else "alt_route",
            "link": address_of(environment),
        }
        for environment in _first(request)
    ]
    everything = reverse("admin:tenants_environment_changelist")
    return [*items, {"title": "All environments", "icon": "list", "link": everything}]


def address_of(environment: Environment) -> str:
    """Return the address that switches to `environment` and shows its overview."""
    return reverse("environment", args=[environment.organisation.name, environment.name])


def switch(request: HttpRequest, environment: Environment) -> HttpResponse:
    """Switch to `environment`, which whoever calls has found for the person; show its overview.

    At its own address, so that a link to it shows everybody the same.
    """
    enter(request, environment)
    return admin.site.index(request)


def _remembered(request: HttpRequest) -> Environment | None:
    first = _first(request)
    remembered = request.session.get(SESSION_KEY, "") if getattr(request, "session", None) else ""
    for environment in first:
        if environment.path == remembered:
            return environment
    if remembered:  # of more than are shown, or archived
        organisation, _, name = remembered.partition("/")
        mine = environments_for(_user(request))
        found = mine.filter(organisation__name=organisation, name=name).first()
        if found is not None:
            return found
    # Without a choice yet: the one furthest down the pipeline, which most people are here for.
    return max(first, key=lambda environment: environment.order, default=None)


def _first(request: HttpRequest) -> Sequence[Environment]:
    """Return the first active environments that the person may see, read once a request."""
    if not hasattr(request, "vamp_environments"):
        mine = (
            environments_for(_user(request)).active()[:SHOWN]
            if request.user.is_authenticated
            else ()
        )
        request.vamp_environments = tuple(mine)  # type: ignore[attr-defined]
    found: Sequence[Environment] = request.vamp_environments  # type: ignore[attr-defined]
    return found


def _user(request: HttpRequest) -> Any:
    return request.user
