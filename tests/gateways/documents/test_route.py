from __future__ import annotations

import pytest

from gateways.documents.route import RouteDocument
from gateways.domain.condition import Match, Operator, Subject


@pytest.mark.parametrize(
    ("route", "target"),
    [
        (RouteDocument(service="a", version="1"), ("service", "a", "1")),
        (RouteDocument(gateway="a"), ("gateway", "a")),
        (RouteDocument(addresses=("b:1", "a:1")), ("addresses", "a:1", "b:1")),
    ],
)
def test_target__of_a_route__compares_whatever_the_order(route, target):
    assert route.target == target


def test_parsed_condition__of_a_route__is_the_expression():
    route = RouteDocument(gateway="a", condition="path is /a")

    assert route.parsed_condition() == Match(Subject.PATH, Operator.IS, "/a")
    assert RouteDocument(gateway="a").parsed_condition() is None


def test_route__built_in_python__takes_hundredths():
    route = RouteDocument(gateway="a", weight=1_250)

    assert route.model_dump(mode="json")["weight"] == "12.5%"
