"""The page of a place's connections: where each leads, what its test found, and the test button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from tenants.authorisation import may
from tenants.domain.authority import ORGANISATION, Target
from tenants.domain.namespace import MOST_SECRET_CHARACTERS
from tenants.domain.store import Store
from tenants.models import Environment, Organisation
from tenants.pages.lifter_words import NOT_TESTED, Glance, glance, glance_of, place_address, tabs
from tenants.pages.page import (
    api_address,
    environment_page,
    installation_page,
    organisation_page,
    person_of,
    render,
    stream_address,
    tell_refusal,
)
from tenants.services.check_questions import Place, Proposal
from tenants.services.checks import (
    ask_connection,
    ask_connections,
    ask_proposal,
    store_named,
)
from tenants.services.connection_lines import ConnectionLine, connection_lines
from vamp.adminsite.asking import is_platform_administrator
from vamp.errors import NotAllowed, NotFound, VampError
from vamp.ports.checks import Checked

TESTED = "tenants.connection.tested"


@dataclass(frozen=True, slots=True)
class Shown:
    """One connection on the page.

    Attributes:
        line: what is known of it; checked: what its last test, or that of a proposal, found.
        glance: that in a word.
        proposed: the URL that was tried in place of the saved one; empty for none.
    """

    line: ConnectionLine
    checked: Checked | None
    glance: Glance
    proposed: str = ""


@environment_page("connection.view", post="connection.test", changes_idle=True)
def of_environment(request: HttpRequest, environment: Environment) -> HttpResponse:
    """Show and test the connections of an environment."""
    return _page(request, environment)


@organisation_page("connection.view", post="connection.test")
def of_organisation(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show and test the connections of an organisation."""
    return _page(request, organisation)


@installation_page
def of_installation(request: HttpRequest) -> HttpResponse:
    """Show and test the installation's own connections."""
    return _page(request, None)


def _page(request: HttpRequest, place: Place) -> HttpResponse:
    tried: dict[Store, tuple[Checked, str]] = {}
    if request.method == "POST":
        try:
            tried = _tested(request, place)
        except NotFound:
            raise
        except VampError as refusal:
            tell_refusal(request, refusal)
        if not tried:
            return HttpResponseRedirect(place_address(place))
    return render(request, "vamp/connections.html", _context(request, place, tried))


def _tested(request: HttpRequest, place: Place) -> dict[Store, tuple[Checked, str]]:
    """Test what the form names; return what is not kept: the proposals, with their URLs."""
    actor = request.user.get_username()
    name = request.POST.get("store", "")
    if not name:
        ask_connections([place], actor=actor)
        return {}
    store = store_named(place, name)
    secret = request.POST.get("secret", "")[:MOST_SECRET_CHARACTERS]
    proposal = Proposal(
        request.POST.get("url", "").strip(), secret, request.POST.get("namespace", "").strip()
    )
    if proposal == Proposal() or place is None:
        ask_connection(place, store, actor=actor)
        return {}
    if not is_platform_administrator(request):
        # A URL says whom this machine asks.
        raise NotAllowed("Only a platform administrator may try another address or secret.")
    return {store: (ask_proposal(place, store, proposal, actor=actor), proposal.url or "saved")}


def may_test_in(request: HttpRequest, place: Place) -> bool:
    """Tell whether the person may test the connections of `place`."""
    if place is None:
        return is_platform_administrator(request)
    target = Target(place.name) if isinstance(place, Environment) else ORGANISATION
    return may(person_of(request), "connection.test", target)


def _context(
    request: HttpRequest, place: Place, tried: dict[Store, tuple[Checked, str]]
) -> dict[str, Any]:
    may_test = may_test_in(request, place)
    lines = connection_lines(place, sees_installation=is_platform_administrator(request))
    name = "the installation" if place is None else place.path
    environment = place if isinstance(place, Environment) else None
    return {
        "title": f"Connections of {name}",
        "here": environment,
        "place": place,
        "is_installation": place is None,
        "shown": [_shown(line, tried) for line in lines],
        "may_test": may_test,
        "may_propose": is_platform_administrator(request),
        "tabs": tabs(request, place, "connections"),
        "api": _api(place),
        "live_stream": stream_address(environment) if environment else "",
        "live_events": TESTED,
    }


def _shown(line: ConnectionLine, tried: dict[Store, tuple[Checked, str]]) -> Shown:
    if line.store in tried:
        checked, url = tried[line.store]
        return Shown(line, checked, glance_of(checked), url)
    if line.result is None:
        return Shown(line, None, NOT_TESTED)
    return Shown(line, line.result.checked, glance(line.result))


def _api(place: Place) -> str:
    if place is None:
        return "/api/v1/connections"
    if isinstance(place, Environment):
        return api_address(place, "connections")
    return f"/api/v1/organisations/{place.name}/connections"
