from __future__ import annotations

from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from gateways.documents.gateway import GatewayDocument, HeaderStickiness
from gateways.documents.route import RouteDocument
from gateways.documents.write import to_document
from gateways.haproxy.config import Balance, Protocol, Sticky, Timeouts
from vamp.documents.yaml import schema


def test_gateway__nested__are_the_gateways_that_routes_lead_to():
    routes = (
        RouteDocument(gateway="b"),
        RouteDocument(addresses=("a:1",)),
        RouteDocument(gateway="c"),
    )

    assert GatewayDocument(name="a", port=1, routes=routes).nested == ("b", "c")


def test_gateway__words__are_those_of_the_renderer():
    properties = schema(GatewayDocument)["properties"]

    assert properties["protocol"]["enum"] == [word.value for word in Protocol]
    assert properties["balance"]["enum"] == [word.value for word in Balance]
    assert {*properties["sticky"]["oneOf"][0]["enum"], "header"} == {word.value for word in Sticky}


def test_gateway__timeouts_by_default__are_those_of_the_renderer():
    timeouts = GatewayDocument(name="a").timeouts
    in_ms = [
        value // timedelta(milliseconds=1)
        for value in (timeouts.connect, timeouts.server, timeouts.queue)
    ]

    assert in_ms == [Timeouts().connect_ms, Timeouts().server_ms, Timeouts().queue_ms]


@pytest.mark.parametrize("sticky", ["none", "cookie", HeaderStickiness(header="X-User")])
def test_schema__of_gateways__allows_what_we_write(sticky):
    gateway = GatewayDocument(
        name="a",
        port=1,
        sticky=sticky,
        routes=(
            RouteDocument(name="x", gateway="b", weight=10_000, condition="true", strength=50),
        ),
    )
    validator = Draft202012Validator(schema(GatewayDocument))

    assert validator.is_valid(to_document(gateway))
    assert not validator.is_valid({**to_document(gateway), "prot": 1})
