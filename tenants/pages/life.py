"""Archiving, restoring and deleting an organisation or environment, with what each would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from tenants.authorisation import may
from tenants.domain.authority import Target
from tenants.models import Deletion, Environment, LifeState, Organisation
from tenants.pages.lifter_words import tabs
from tenants.pages.page import api_address, environment_page, person_of, render, tell_refusal
from tenants.selectors import organisation_for
from tenants.services import archiving, deletion
from tenants.services.deletion_preview import preview_of
from tenants.services.deletion_words import goes_of, steps_of
from vamp.adminsite.asking import is_platform_administrator
from vamp.errors import Invalid, NotAllowed, NotFound, VampError

REFRESH_S = 2
"""A page that shows a deletion which goes on is asked for again after this."""

Row = Organisation | Environment

_KEEPING = frozenset({"archive", "restore"})
"""Acts that take nothing away."""


@environment_page("", changes_idle=True)
def _environment_life(request: HttpRequest, environment: Environment) -> HttpResponse:
    return _page(request, environment, kind="environment")


def environment_life(request: HttpRequest, organisation: str, environment: str) -> HttpResponseBase:
    """Show what can be done to an environment, or how its deletion goes; do it on POST."""
    return _or_record(
        request, _environment_life, organisation=organisation, environment=environment
    )


def _organisation_life(request: HttpRequest, organisation: str) -> HttpResponse:
    user: Any = request.user
    try:
        found = organisation_for(user, organisation)
    except NotFound as error:
        raise Http404(error.message) from error
    return _page(request, found, kind="organisation")


def organisation_life(request: HttpRequest, organisation: str) -> HttpResponseBase:
    """Show what can be done to an organisation, or how its deletion goes; do it on POST."""
    return _or_record(request, admin.site.admin_view(_organisation_life), organisation=organisation)


def _or_record(
    request: HttpRequest, view: Callable[..., HttpResponseBase], **names: str
) -> HttpResponseBase:
    """Answer with the page; where the thing is gone, with the record of its deletion."""
    try:
        return view(request, **names)
    except Http404:
        user: Any = request.user
        done = Deletion.objects.visible_to(user).filter(
            organisation=names["organisation"], environment=names.get("environment", "")
        )
        record = done.exclude(finished_at=None).first()
        if record is None:
            raise
        return HttpResponseRedirect(reverse("admin:tenants_deletion_change", args=[record.pk]))


def _page(request: HttpRequest, row: Row, *, kind: str) -> HttpResponse:
    if request.method == "POST":
        return _done(request, row, kind)
    held = deletion.deletion_of(row)
    seen: Mapping[str, Any] = held.preview if held else preview_of(row)
    life = row.life if isinstance(row, Environment) else LifeState(row.state)
    context = {
        "title": f"{kind.capitalize()} {row}",
        "here": row,
        "tabs": tabs(request, row, "life"),
        "kind": kind,
        "may_keep": _may(request, row, "environment.change"),
        "may_delete": _may(request, row, "environment.delete"),
        "life": life,
        "is_own": row.state == life,
        "deletion": held,
        "steps": steps_of(held) if held else (),
        "goes": list(goes_of(seen)),
        "unknown": _unknown(seen),
        "alive": _alive(seen),
        "back": reverse(f"admin:tenants_{kind}_change", args=[row.pk]),
        "api": _api(row),
    }
    answer = render(request, "vamp/life.html", context)
    if held is not None:
        answer["Refresh"] = str(REFRESH_S)
    return answer


def _done(request: HttpRequest, row: Row, kind: str) -> HttpResponse:
    here = HttpResponseRedirect(request.path)
    try:
        asked = request.POST.get("action", "")
        needs = "environment.change" if asked in _KEEPING else "environment.delete"
        if not _may(request, row, needs):
            raise NotAllowed(f"You may not do this: that needs {needs}.")
        said = _act(request, row)
    except VampError as refusal:
        tell_refusal(request, refusal)
        return here
    messages.success(request, said)
    return here


def _may(request: HttpRequest, row: Row, right: str) -> bool:
    """Tell whether the person may do this; what is the organisation's, the platform's people do."""
    if isinstance(row, Environment):
        return may(person_of(request), right, Target(row.name))
    return is_platform_administrator(request)


def _act(request: HttpRequest, row: Row) -> str:
    actor = request.user.get_username()
    is_environment = isinstance(row, Environment)
    action = request.POST.get("action", "")
    if action == "archive":
        archive: Any = (
            archiving.archive_environment if is_environment else archiving.archive_organisation
        )
        archive(row, actor=actor)
        return f"{row} is archived. Its agents serve on what they have."
    if action == "restore":
        restore: Any = (
            archiving.restore_environment if is_environment else archiving.restore_organisation
        )
        restore(row, actor=actor)
        return f"{row} takes changes again."
    if action == "delete":
        delete: Any = (
            deletion.delete_environment if is_environment else deletion.delete_organisation
        )
        delete(row, confirm=request.POST.get("name", "").strip(), actor=actor)
        return f"{row} is being deleted. This page shows how it goes on."
    if action == "skip" and (held := deletion.deletion_of(row)) is not None:
        deletion.skip_step(held, request.POST.get("step", ""), actor=actor)
        return "The step is left out."
    raise Invalid(f"There is nothing called {action[:31]!r} to do here.")


def _unknown(seen: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = list(seen.get("unknown", {}).items())
    for name, each in seen.get("environments", {}).items():
        found += [(f"{name}: {what}", why) for what, why in each["unknown"].items()]
    return found


def _alive(seen: Mapping[str, Any]) -> list[tuple[str, int]]:
    found: dict[str, int] = dict(seen.get("alive", {}))
    for each in seen.get("environments", {}).values():
        for kind, count in each["alive"].items():
            found[kind] = found.get(kind, 0) + count
    return list(found.items())


def _api(row: Row) -> str:
    if isinstance(row, Environment):
        return api_address(row)
    return f"/api/v1/organisations/{row.name}"
