"""The weights form: number fields that total 100 %, a preview, and the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from gateways.access import shift_of
from gateways.models import Gateway
from gateways.models.route import WHOLE
from gateways.pages import split
from gateways.selectors import gateway_in
from gateways.services.weights import set_weights
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
from vamp.errors import Fault, Invalid, VampError

PREFIX = "weight:"


@environment_page("gateway.view", post="gateway.release")
def weights(request: HttpRequest, environment: Environment, name: str) -> HttpResponse:
    """Show what the weights sent would change, or, once confirmed, change them.

    GET leads back to the gateway, whose page has the form.
    """
    gateway = gateway_in(environment, name)
    back = address("gateway", environment, name)
    if request.method != "POST":
        return HttpResponseRedirect(back)
    try:
        wanted = read_weights(gateway, request.POST)
        if "apply" in request.POST:
            return _applied(request, gateway, wanted, back)
    except VampError as refusal:
        tell_refusal(request, refusal)
        return HttpResponseRedirect(back)
    return _preview(request, environment, gateway, wanted)


def read_weights(gateway: Gateway, sent: Mapping[str, str]) -> Mapping[str, int]:
    """Return the weights of a form, in hundredths of a percent.

    Raises:
        Invalid: with a fault for each field that is no share, and one where they miss 100 %.
    """
    faults: list[Fault] = []
    found: dict[str, int] = {}
    for route in gateway.routes.all():
        try:
            found[route.name] = hundredths(sent.get(PREFIX + route.name, ""))
        except ValueError as error:
            faults.append(Fault(f"/{route.name}", f"{route.name}: {error}"))
    if not faults and sum(found.values()) != WHOLE:
        total = f"{sum(found.values()) / 100:g}%"
        faults.append(Fault("", f"the weights total {total}", "make them total 100%"))
    if faults:
        raise Invalid(faults=faults)
    return found


def hundredths(text: str) -> int:
    """Return a percentage such as ``12.5`` in hundredths of a percent.

    Raises:
        ValueError: it is none from 0 to 100 with at most two decimals.
    """
    try:
        value = Decimal(text.strip().removesuffix("%").strip() or "x") * 100
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a percentage") from None
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value <= WHOLE:
        raise ValueError(f"{text} is not a percentage from 0 to 100 with up to two decimals")
    return int(value)


def _applied(
    request: HttpRequest, gateway: Gateway, wanted: Mapping[str, int], back: str
) -> HttpResponse:
    revision = request.POST.get("revision", "")
    set_weights(
        gateway,
        wanted,
        actor=request.user.get_username(),
        expected_revision=int(revision) if revision.isdecimal() else None,
        shift=shift_of(person_of(request), target_in(gateway.environment, "gateway", gateway.name)),
    )
    messages.success(
        request, "The weights are changed. This page shows when every agent serves by them."
    )
    return HttpResponseRedirect(back)


def _preview(
    request: HttpRequest, environment: Environment, gateway: Gateway, wanted: Mapping[str, int]
) -> HttpResponse:
    planned: Sequence[split.Change] = split.changes(gateway.routes.all(), wanted)
    context = {
        "title": f"Change weights of {gateway.name}",
        "here": environment,
        "gateway": gateway,
        "now": timezone.now(),
        "planned": planned,
        "before": split.segments(gateway.routes.all()),
        "after": split.after(planned),
        "moved": split.moved(planned),
        "revision": request.POST.get("revision", ""),
        "fields": [(PREFIX + change.label, change.after / 100) for change in planned],
        "back": address("gateway", environment, gateway.name),
        "api": api_address(environment, "gateways", gateway.name, "weights"),
    }
    return render(request, "vamp/weights_preview.html", context)
