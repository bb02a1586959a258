"""A gateway as the document it is: shown, edited with a preview of the difference, removed."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from gateways.access import shift_of
from gateways.documents.gateway import GatewayDocument
from gateways.documents.read import parse_gateways
from gateways.documents.write import to_yaml
from gateways.models import Gateway
from gateways.selectors import gateway_in
from gateways.services.definition import put_gateway, remove_gateway
from gateways.services.rows import document_of
from tenants.labels import target_in
from tenants.models import Environment
from tenants.pages.editor import Editable, Written, confirm_by_name, edit
from tenants.pages.page import address, environment_page, may_on, person_of, put_command
from vamp.errors import Fault, Invalid

EXAMPLE = """\
kind: Gateway
name: shop
hosts: [shop.example.com]
selector: label(app)(shop) && label(version)((.*))
policy: canary
"""


def written(gateway: Gateway) -> str:
    """Return the gateway as YAML."""
    return to_yaml([document_of(gateway)]).removeprefix("---\n")


@environment_page("gateway.create")
def create(request: HttpRequest, environment: Environment) -> HttpResponse:
    """Make a gateway from a document."""
    return edit(
        request,
        environment,
        Editable(
            title="New gateway",
            text=EXAMPLE,
            back=reverse("admin:gateways_gateway_changelist"),
            command=put_command(request, environment, "gateways", "shop"),
            put=lambda text, is_dry_run: _put(request, environment, text, is_dry_run=is_dry_run),
        ),
    )


@environment_page("gateway.view", post="gateway.change")
def change(request: HttpRequest, environment: Environment, name: str) -> HttpResponse:
    """Change a gateway through its document."""
    gateway = gateway_in(environment, name)
    sent = request.POST.get("revision", "")
    revision = int(sent) if sent.isdecimal() else gateway.revision
    return edit(
        request,
        environment,
        Editable(
            title=f"{name} as YAML",
            text=written(gateway),
            back=address("gateway", environment, name),
            command=put_command(request, environment, "gateways", name),
            put=lambda text, is_dry_run: _put(
                request, environment, text, name=name, revision=revision, is_dry_run=is_dry_run
            ),
            extra={"revision": revision},
            is_read_only=not may_on(request).allows("gateway.change"),
        ),
    )


@environment_page("gateway.delete")
def remove(request: HttpRequest, environment: Environment, name: str) -> HttpResponse:
    """Remove a gateway once its name is typed."""
    gateway = gateway_in(environment, name)
    hosts = [host.host for host in gateway.hosts.all()] or [f"port {gateway.port}"]
    return confirm_by_name(
        request,
        environment,
        kind="gateway",
        name=name,
        goes=[
            f"Requests to {', '.join(hosts)} are no longer answered.",
            "Its routes, its split and its releases are gone for good.",
        ],
        back=address("gateway", environment, name),
        gone=reverse("admin:gateways_gateway_changelist"),
        remove=lambda: remove_gateway(gateway, actor=request.user.get_username()),
    )


def _put(
    request: HttpRequest,
    environment: Environment,
    text: str,
    *,
    name: str = "",
    revision: int | None = None,
    is_dry_run: bool,
) -> Written:
    document = _one_gateway(text, name)
    result = put_gateway(
        environment,
        document,
        actor=request.user.get_username(),
        expected_revision=revision,
        is_dry_run=is_dry_run,
        shift=shift_of(person_of(request), target_in(environment, "gateway", document.name)),
    )
    what = "made" if result.is_created else "changed" if result.is_changed else "as it was"
    return Written(
        before=_text(result.before),
        after=_text(result.after),
        address=address("gateway", environment, document.name),
        said=f"The gateway {document.name} is {what}. Its page shows when every agent serves it.",
    )


def _one_gateway(text: str, name: str) -> GatewayDocument:
    found = parse_gateways(text)
    if len(found.gateways) != 1 or found.services:
        raise Invalid(faults=[Fault("", "write one gateway and nothing else", "kind: Gateway")])
    document = found.gateways[0]
    if name and document.name != name:
        hint = "make another gateway for another name"
        raise Invalid(faults=[Fault("/name", f"the name stays {name}", hint)])
    return document


def _text(value: dict[str, Any] | None) -> str:
    if value is None:
        return ""
    return to_yaml([GatewayDocument.model_validate_json(json.dumps(value))]).removeprefix("---\n")
