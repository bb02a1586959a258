from __future__ import annotations

from typing import Any

import pytest

from gateways.documents.gateway import GatewayDocument
from gateways.documents.gateway_rules import gateway_findings, route_names
from gateways.documents.route import RouteDocument


def codes(**fields: Any) -> list[str]:
    document = GatewayDocument(name="a", **fields)
    return [found.fault.code for found in gateway_findings(document)]


def routes(*weights: int) -> tuple[RouteDocument, ...]:
    return tuple(RouteDocument(gateway=f"g{i}", weight=weight) for i, weight in enumerate(weights))


@pytest.mark.parametrize(
    "weights", [(), (0,), (0, 0), (10_000,), (3_333, 3_333, 3_334), (1, 9_999)]
)
def test_weights__that_total_all_or_nothing__are_allowed(weights):
    assert codes(port=1, routes=routes(*weights)) == []


@pytest.mark.parametrize("weights", [(9_999,), (10_000, 1), (3_333, 3_333, 3_333), (1,)])
def test_weights__that_total_anything_else__are_refused(weights):
    assert codes(port=1, routes=routes(*weights)) == ["weights"]


def test_route_names__left_out__are_made_of_targets():
    document = GatewayDocument(
        name="a",
        routes=(
            RouteDocument(service="s" * 60, version="1.0.0"),
            RouteDocument(gateway="b"),
            RouteDocument(addresses=("a:1",)),
            RouteDocument(name="x", addresses=("b:1",)),
            RouteDocument(addresses=("c:1",)),
        ),
    )

    assert route_names(document) == ["s" * 60 + "-1.", "b", "address-1", "x", "address-3"]


def test_gateway_findings__sound_gateway__is_without_any():
    assert codes(hosts=("a.test", "*.a.test", "a.test/v1"), sticky="cookie") == []
    assert codes(port=1, protocol="tcp", sticky="source") == []
