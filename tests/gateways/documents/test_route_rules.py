from __future__ import annotations

import pytest

from gateways.documents.route import RouteDocument
from gateways.documents.route_rules import address_findings, route_findings


@pytest.mark.parametrize(
    ("route", "places"),
    [
        (RouteDocument(service="a", version="1"), []),
        (RouteDocument(gateway="a", condition="true", strength=1), []),
        (RouteDocument(gateway="a", strength=0), ["/r/strength"]),
        (RouteDocument(), ["/r"]),
        (RouteDocument(service="a"), ["/r"]),
        (RouteDocument(gateway="a", version="1"), ["/r/version"]),
        (RouteDocument(gateway="a", condition="path is"), ["/r/condition"]),
    ],
)
def test_route_findings__route__has_its_faults(route, places):
    assert [found.fault.pointer for found in route_findings("/r", route)] == places


def test_address_findings__the_same_address_in_two_forms__is_told():
    found = list(address_findings("/x", ("[::1]:80", "[0::1]:80", "B:1", "b:1")))

    assert [one.fault.pointer for one in found] == ["/x/1", "/x/3"]
