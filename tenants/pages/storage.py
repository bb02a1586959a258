"""The storage page: what of an environment lies where, and moving it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from tenants.models import DedicatedDatabase, Environment, StorageMove, StoreKind
from tenants.pages.lifter_words import tabs
from tenants.pages.page import (
    address,
    api_address,
    environment_page,
    render,
    stream_address,
    tell_refusal,
)
from tenants.services import moves
from tenants.services.destinations import Destination
from tenants.storage import stores_of
from vamp.adminsite.asking import is_platform_administrator
from vamp.databases import DEFAULT
from vamp.errors import VampError
from vamp.port_faults import told
from vamp.ports.errors import PortError

SHOWN: Final = 10
"""Moves of the past on the page."""

EFFECTS: Final[Mapping[str, str]] = {
    StoreKind.DATABASE: (
        "Rows are copied while they are in use. At the end, changes to this environment are refused"
        " for a few seconds; traffic goes on. Its events and audit trail up to then stay where they"
        " are, and are shown with those to come."
    ),
    StoreKind.KV: (
        "What is published is copied, then goes to both stores, until you have given the agents the"
        " new store's URL and key and finish the move."
    ),
    StoreKind.METRICS: (
        "Traffic counts are copied, then go to the new store. Agents that write to the old one by"
        " themselves need the new URL before you finish the move. Raw log lines are not moved."
    ),
    StoreKind.EVENTS: (
        "Events go to the new stream from now on. The old one is listened to for ten more minutes."
    ),
}


@environment_page("storage.view")
def storage(request: HttpRequest, environment: Environment) -> HttpResponse:
    """Show what lies where; preview a move, or begin it."""
    found: Destination | None = None
    status = 200
    if request.method == "POST":
        if not is_platform_administrator(request):
            messages.error(request, "Only platform administrators move stores.")
            return HttpResponseRedirect(address("storage", environment))
        kind, to = request.POST.get("kind", ""), request.POST.get("to", "").strip()[:255]
        try:
            if "begin" in request.POST:
                return _begun(request, environment, kind, to)
            found = moves.preview(environment, kind, to)
            if found.faults:
                tell_refusal(request, found.refusal())
        except (VampError, PortError) as refusal:
            tell_refusal(request, told(refusal))
            status = 400
    return render(
        request, "vamp/storage.html", _context(request, environment, found), status=status
    )


@environment_page("storage.view")
def cancel(request: HttpRequest, environment: Environment, move: int) -> HttpResponse:
    """Give a move up."""
    done = "The move is given up; what was copied is being removed."
    return _ended(request, environment, move, moves.cancel, done)


@environment_page("storage.view")
def finish(request: HttpRequest, environment: Environment, move: int) -> HttpResponse:
    """Say that nobody uses the old store any more."""
    done = "The move comes to its end; the old store is being cleared."
    return _ended(request, environment, move, moves.finish, done)


def _ended(
    request: HttpRequest, environment: Environment, move: int, act: Callable[..., object], done: str
) -> HttpResponse:
    found = moves.move_of(environment, move)
    if request.method == "POST" and is_platform_administrator(request):
        try:
            act(found, actor=request.user.get_username())
            messages.success(request, done)
        except VampError as refusal:
            tell_refusal(request, refusal)
    return HttpResponseRedirect(address("storage", environment))


def _begun(request: HttpRequest, environment: Environment, kind: str, to: str) -> HttpResponse:
    moves.begin(
        environment, kind, to, secret=request.POST.get("secret", ""),
        actor=request.user.get_username(),
    )  # fmt: skip
    messages.success(request, "The move has begun. This page shows how far it is.")
    return HttpResponseRedirect(address("storage", environment))


def _context(
    request: HttpRequest, environment: Environment, found: Destination | None
) -> dict[str, object]:
    databases = DedicatedDatabase.objects.using(DEFAULT).filter(
        organisation=environment.organisation
    )
    past = (
        StorageMove.objects.using(DEFAULT)
        .filter(environment=environment, active=None)
        .order_by("-pk")[:SHOWN]
    )
    is_planned = found is not None and not found.faults
    return {
        "title": f"Storage of {environment}",
        "here": environment,
        "tabs": tabs(request, environment, "storage"),
        "stores": stores_of(environment),
        "databases": list(databases),
        "past": list(past),
        "kinds": StoreKind.choices,
        "may_change": is_platform_administrator(request),
        "planned": found if is_planned else None,
        "effect": EFFECTS.get(found.kind, "") if found and is_planned else "",
        "wanted": found,
        "live_stream": stream_address(environment),
        "live_events": "tenants.",
        "api": api_address(environment, "storage", "moves"),
    }
