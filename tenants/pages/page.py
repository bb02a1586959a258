"""What every page of an environment has in common: who may see it, its frame, its fragment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from tenants.authorisation import Principal, authority_of, require, require_any
from tenants.domain.authority import ORGANISATION
from tenants.domain.rights import OBJECT_KINDS, VERBS
from tenants.exceptions import NotActive
from tenants.labels import target_in
from tenants.models import Environment, Organisation, User
from tenants.pages.switcher import enter
from tenants.selectors import environment_for, organisation_for
from tenants.services.denials import denied
from tenants.services.standing import require_active
from vamp.adminsite.asking import is_platform_administrator
from vamp.errors import NotAllowed, NotFound, VampError

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Environment, P], HttpResponse]


def environment_page(
    right: str, post: str = "", *, changes_idle: bool = False
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Make a view of an environment's address out of a function.

    The person must be logged in; what they may not see is not there (404), and what they may not
    do is refused with the reason (403). The environment of the address becomes the chosen one, so
    that a link in a chat leads to what its sender saw. An archived environment is shown, and takes
    no POST.

    Args:
        right: what it takes to see the page; empty for whoever may do anything in the environment.
        post: what it takes to send its form; the same where it is left out.
        changes_idle: an archived environment takes a POST all the same.
    """

    def made(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def of_address(
            request: HttpRequest, organisation: str, environment: str, **names: Any
        ) -> HttpResponse:
            is_post = request.method == "POST"
            try:
                user: Any = request.user
                found = environment_for(user, organisation, environment)
                enter(request, found)
                name = names.get("name", names.get("gateway", ""))
                request.vamp_may = May(person_of(request), found, right.partition(".")[0], name)  # type: ignore[attr-defined]
                _refuse(request, found, post or right if is_post else right, name)
                if is_post and not changes_idle:
                    require_active(found)
                return view(request, found, **names)  # type: ignore[call-arg]
            except NotFound as error:
                _note_denial(request, organisation, environment, error)
                raise Http404(error.message) from error
            except NotAllowed as error:
                _note_denial(request, organisation, environment, error)
                raise PermissionDenied(error.message) from error
            except NotActive as refusal:
                tell_refusal(request, refusal)
                return HttpResponseRedirect(reverse("admin:index"))

        return admin.site.admin_view(of_address)

    return made


def _note_denial(
    request: HttpRequest, organisation: str, environment: str, refusal: VampError
) -> None:
    denied(
        person_of(request),
        right="page.view" if request.method == "GET" else "page.change",
        what=request.path,
        organisation=organisation,
        environment=environment,
        status=refusal.status,
    )


def _refuse(request: HttpRequest, environment: Environment, right: str, name: str) -> None:
    user: Any = request.user
    if right.endswith(".view") and not name:
        require_any(user, right, environment.name)
    elif right:
        require(user, right, target_in(environment, right.partition(".")[0], name))


def person_of(request: HttpRequest) -> User:
    """Return who asks; a page is shown to nobody who is not logged in."""
    return cast("User", request.user)


class May:
    """What a person may do where a page is, for its templates: ``{% if may.gateway.release %}``.

    Rights on the kind of thing that the page shows are asked for that one thing, all others for
    the whole environment. At most one query, for its labels, however much is asked.
    """

    def __init__(
        self, person: Principal, environment: Environment, kind: str = "", name: str = ""
    ) -> None:
        """Begin with nothing asked.

        Args:
            person: who sees the page.
            environment: where it is.
            kind: of the thing that it shows; empty where it shows none.
            name: of the thing; of a release, that of its gateway.
        """
        self._authority, self._now_s = authority_of(person), time.time()
        self._whole = target_in(environment, "")
        self._thing = target_in(environment, kind, name)
        self._kinds = next((kinds for kinds in OBJECT_KINDS.values() if kind in kinds), frozenset())

    def __getitem__(self, kind: str) -> Mapping[str, bool]:
        """Return each verb of `kind` with whether it is allowed."""
        return {verb: self.allows(f"{kind}.{verb}") for verb in VERBS[kind]}

    def allows(self, right: str) -> bool:
        """Tell whether the person may do `right` to the page's thing, or in the environment."""
        is_of_thing = right.partition(".")[0] in self._kinds
        target = self._thing if is_of_thing else self._whole
        return self._authority.allows(right, target, self._now_s)


def may_on(request: HttpRequest) -> May:
    """Return what the person may do where they are; `environment_page` has found that out."""
    found: May = request.vamp_may  # type: ignore[attr-defined]
    return found


def may_to(request: HttpRequest, right: str, environment: Environment, name: str = "") -> bool:
    """Tell whether the person may do `right` to another thing than the page's own."""
    kind = right.partition(".")[0]
    return May(person_of(request), environment, kind, name).allows(right)


def organisation_page(
    right: str, post: str = ""
) -> Callable[
    [Callable[[HttpRequest, Organisation], HttpResponse]], Callable[..., HttpResponseBase]
]:
    """Make a view of an organisation's address out of a function; see `environment_page`."""

    def made(
        view: Callable[[HttpRequest, Organisation], HttpResponse],
    ) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def of_address(request: HttpRequest, organisation: str) -> HttpResponse:
            try:
                found = organisation_for(person_of(request), organisation)
                needed = post or right if request.method == "POST" else right
                require(person_of(request), needed, ORGANISATION)
                return view(request, found)
            except NotFound as error:
                raise Http404(error.message) from error
            except NotAllowed as error:
                raise PermissionDenied(error.message) from error

        return admin.site.admin_view(of_address)

    return made


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

    The live part of ``vamp/gateway.html`` is ``vamp/gateway_live.html``. Templates find what the
    person may do here in ``may``; who may not see events is sent none.
    """
    may = getattr(request, "vamp_may", None)
    if may is not None:
        context = {**context, "may": may}
        if not may.allows("event.view"):
            context.pop("live_stream", None)
    if "fragment" in request.GET:
        live = template.replace(".html", "_live.html")
        return TemplateResponse(request, live, dict(context), status=status)
    frame = {**admin.site.each_context(request), **context}
    return TemplateResponse(request, template, frame, status=status)


def tell_refusal(request: HttpRequest, refusal: VampError) -> None:
    """Show everything that a service found wrong, one message a fault."""
    for fault in refusal.faults:
        said = fault.message[:1].upper() + fault.message[1:].rstrip(".")
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
