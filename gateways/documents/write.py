"""Writing gateway documents: what `gateways.documents.read` reads back as the same document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import yaml

from gateways.documents.gateway import GatewayDocument
from gateways.documents.route import RouteDocument
from vamp.documents.scalars import plain_value

_ALWAYS: Final = ("kind", "name")
_ROUTE_ALWAYS: Final = ("name", "weight")


def to_document(gateway: GatewayDocument) -> dict[str, Any]:
    """Return the gateway as plain values, keys in the order in which people write them.

    What has its default value is left out; names and weights of routes never are.
    """
    written = gateway.model_dump(mode="json", exclude_defaults=True, exclude={"routes"})
    whole = gateway.model_dump(mode="json", include=set(_ALWAYS))
    found = {
        key: whole.get(key, written.get(key))
        for key in GatewayDocument.model_fields
        if key in written or key in _ALWAYS
    }
    if gateway.routes:
        found["routes"] = [_route(route) for route in gateway.routes]
    return found


def to_yaml(gateways: Iterable[GatewayDocument]) -> str:
    """Return the gateways as a file of YAML documents."""
    return yaml.dump_all(
        (to_document(gateway) for gateway in gateways),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        explicit_start=True,
        width=100,
    )


def _route(route: RouteDocument) -> dict[str, Any]:
    # Asked for once, and what has its default left out here: a second dump costs as much again.
    whole = route.model_dump(mode="json")
    always = {*_ROUTE_ALWAYS, "strength"} if route.condition else _ROUTE_ALWAYS
    return {
        key: whole[key]
        for key, field in RouteDocument.model_fields.items()
        if key in always or getattr(route, key) != field.default
    }


class _Dumper(yaml.SafeDumper):
    """Quotes texts that our own strict reader would take for something else."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if _differs_when_plain(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _differs_when_plain(text: str) -> bool:
    """Return whether `text` without quotes would be read as a number, truth value or nothing."""
    try:
        return plain_value(text) != text
    except ValueError:
        return True


_Dumper.add_representer(str, _text)
