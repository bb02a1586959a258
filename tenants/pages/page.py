"""What every page of an environment has in common: who may see it, its frame, its fragment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from tenants.models import Environment, Organisation
from tenants.pages.switcher import enter
from tenants.selectors import environment_for, organisation_for
from vamp.adminsite import is_platform_administrator
from vamp.errors import NotFound, VampError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Environment, P], HttpResponse]


def environment_page(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Make a view of an environment's address out of `view`.

    The person must be logged in; what they may not see is not there (404). The environment of the
    address becomes the chosen one, so that a link in a chat leads to what its sender saw.
    """

    @wraps(view)
    def of_address(
        request: HttpRequest, organisation: str, environment: str, **names: Any
    ) -> HttpResponse:
        try:
            user: Any = request.user
            found = environment_for(user, organisation, environment)
            enter(request, found)
            return view(request, found, **names)  # type: ignore[call-arg]
        except NotFound as error:
            raise Http404(error.message) from error

    return admin.site.admin_view(of_address)


def organisation_page(
    view: Callable[[HttpRequest, Organisation], HttpResponse],
) -> Callable[..., HttpResponseBase]:
    """Make a view of an organisation's address out of `view`; see `environment_page`."""

    @wraps(view)
    def of_address(request: HttpRequest, organisation: str) -> HttpResponse:
        try:
            user: Any = request.user
            return view(request, organisation_for(user, organisation))
        except NotFound as error:
            raise Http404(error.message) from error

    return admin.site.admin_view(of_address)


def installation_page(
    view: Callable[[HttpRequest], HttpResponse],
) -> Callable[..., HttpResponseBase]:
    """Make a page out of `view` for those who look after the installation; 404 for all others."""

    @wraps(view)
    def for_administrators(request: HttpRequest) -> HttpResponse:
        if not is_platform_administrator(request):
            raise Http404("There is nothing here.")
        return view(request)

    return admin.site.admin_view(for_administrators)


def render(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Answer with the page, or with its live part alone where ``?fragment=1`` asks for that.

    The live part of ``vamp/gateway.html`` is ``vamp/gateway_live.html``.
    """
    if "fragment" in request.GET:
        live = template.replace(".html", "_live.html")
        return TemplateResponse(request, live, dict(context), status=status)
    frame = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, template, frame, status=status)


def tell_refusal(request: HttpRequest, refusal: VampError) -> None:
    """Show everything that a service found wrong, one message a fault."""
    for fault in refusal.faults:
        said = fault.message[:1].upper() + fault.message[1:]
        messages.error(request, f"{said}; {fault.hint}." if fault.hint else f"{said}.")
    if not refusal.faults:
        messages.error(request, refusal.message)


def address(name: str, environment: Environment, *rest: Any) -> str:
    """Return the address of the page called `name` in `environment`."""
    return reverse(name, args=[environment.organisation.name, environment.name, *rest])


def api_address(environment: Environment, *rest: Any) -> str:
    """Return the API address of something in `environment`."""
    here = f"/api/v1/organisations/{environment.organisation.name}/environments/{environment.name}"
    return "/".join([here, *map(str, rest)])


def stream_address(environment: Environment) -> str:
    """Return the address of the environment's live events."""
    return api_address(environment, "events", "stream")


def put_command(request: HttpRequest, environment: Environment, kind: str, name: str) -> str:
    """Return the command that puts a document from a file, ``<name>.yaml``, through the API."""
    there = request.build_absolute_uri(api_address(environment, kind, name))
    return (
        "curl -X PUT -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/yaml'"
        f" --data-binary @{name}.yaml {there}"
    )
