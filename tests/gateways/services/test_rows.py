"""Between documents and rows."""

from __future__ import annotations

from gateways.documents.read import read_gateway
from gateways.documents.write import to_document
from gateways.models import Gateway, Route
from gateways.models.route import TargetKind
from gateways.selectors import gateways_in
from gateways.services.definition import put_gateway
from gateways.services.rows import document_of, options_of, route_rows
from tenants.models import Environment
from tests.factories import GatewayFactory
from vamp.documents.source import Source

SHOP = {
    "kind": "Gateway",
    "name": "shop",
    "title": "Web shop",
    "hosts": ["shop.example.test", "*.shop.example.test/v1"],
    "sticky": {"header": "X-User-Id"},
    "balance": "leastconn",
    "timeouts": {"connect": "250ms", "server": "1m30s"},
    "retries": 1,
    "policy": "canary",
    "metadata": {"team": "web"},
    "routes": [
        {"service": "shop", "version": "1.0.0", "weight": "90%"},
        {
            "service": "shop",
            "version": "1.1.0",
            "weight": "10%",
            "condition": "user-agent is Firefox",
            "strength": "50%",
            "priority": 10,
        },
        {"name": "legacy", "addresses": ["10.0.0.7:8080"]},
        {"gateway": "inner"},
    ],
}
SELECTOR = "label(app)(shop) && label(version)((.*))"


def read(**changes):
    return read_gateway(Source.of({**SHOP, **changes}))


def wanted(routes, held=(), *, selector=""):
    document = read(routes=routes, selector=selector)
    gateway = Gateway(name="shop", environment=Environment(pk=1, name="production"), pk=1)
    return route_rows(gateway, document, held)


def held_route(name, version, *, pk, weight=0, is_selected=False):
    return Route(
        pk=pk,
        environment_id=1,
        gateway_id=1,
        name=name,
        kind=TargetKind.SERVICE,
        service="shop",
        version=version,
        weight=weight,
        is_selected=is_selected,
    )


def test_document__written_and_read_back__is_the_same(environment, django_assert_num_queries):
    inner = {"kind": "Gateway", "name": "inner", "port": 9050, "routes": []}
    put_gateway(environment, read_gateway(Source.of(inner)), actor="ana")
    document = read()
    put_gateway(environment, document, actor="ana")
    gateway = gateways_in(environment).get(name="shop")

    with django_assert_num_queries(0, using=environment.database):
        found = document_of(gateway)

    assert to_document(found) == to_document(document)
    assert found == document


def test_document__row_without_options__has_the_usual_ones(environment):
    GatewayFactory.create(environment=environment, port=9050)

    document = document_of(gateways_in(environment).get())

    usual = read_gateway(Source.of({"kind": "Gateway", "name": "shop", "port": 9050, "routes": []}))
    assert document == usual


def test_options__of_a_document__are_its_own_texts():
    assert options_of(read()) == {
        "sticky": {"header": "X-User-Id"},
        "balance": "leastconn",
        "timeouts": {"connect": "250ms", "server": "1m30s", "queue": "5s"},
        "retries": 1,
    }


STABLE = {"service": "shop", "version": "1.0.0", "weight": "100%"}


def test_route_rows__of_each_kind__are_filled():
    service, conditional, addresses, nested = wanted(SHOP["routes"])

    assert (service.name, service.kind, service.weight) == ("shop-1.0.0", "service", 9_000)
    assert (service.condition, service.strength) == ("", 0)
    assert (conditional.strength, conditional.priority, conditional.position) == (5_000, 10, 1)
    assert (addresses.kind, addresses.addresses) == ("addresses", ["10.0.0.7:8080"])
    assert (nested.name, nested.kind, nested.target_gateway) == ("inner", "gateway", "inner")


def test_route_rows__same_target_and_name__keeps_the_row():
    held = held_route("shop-1.0.0", "1.0.0", pk=7, weight=2_000)

    (row,) = wanted([STABLE], [held])

    assert row is held
    assert row.weight == 10_000


def test_route_rows__same_name_and_another_target__keeps_the_row():
    held = held_route("stable", "0.9", pk=7)

    (row,) = wanted([{**STABLE, "name": "stable"}], [held])

    assert (row.pk, row.version) == (7, "1.0.0")


def test_route_rows__two_that_swap_names__are_new_ones():
    held = [held_route("a", "1.0.0", pk=7), held_route("b", "1.1.0", pk=8)]
    swapped = [
        {"name": "b", "service": "shop", "version": "1.0.0"},
        {"name": "a", "service": "shop", "version": "1.1.0"},
    ]

    rows = wanted(swapped, held)

    assert [(row.pk, row.name, row.version) for row in rows] == [
        (None, "b", "1.0.0"),
        (None, "a", "1.1.0"),
    ]


def test_route_rows__selected_and_left_out__stay_behind_the_others_without_weight():
    held = [
        held_route("shop-1.1.0", "1.1.0", pk=8, weight=4_000, is_selected=True),
        held_route("written", "0.9", pk=9, weight=6_000),
    ]

    rows = wanted([STABLE], held, selector=SELECTOR)

    assert [(row.name, row.weight, row.position) for row in rows] == [
        ("shop-1.0.0", 10_000, 0),
        ("shop-1.1.0", 0, 1),
    ]


def test_route_rows__document_without_weights__leaves_the_selected_theirs():
    held = [held_route("shop-1.1.0", "1.1.0", pk=8, weight=10_000, is_selected=True)]

    (row,) = wanted([], held, selector=SELECTOR)

    assert (row.pk, row.weight) == (8, 10_000)


def test_route_rows__selector_taken_away__drops_what_it_made():
    held = [held_route("shop-1.1.0", "1.1.0", pk=8, is_selected=True)]

    assert [row.name for row in wanted([STABLE], held)] == ["shop-1.0.0"]


def test_route_rows__selected_route_written_without_a_selector__is_peoples():
    held = [held_route("shop-1.0.0", "1.0.0", pk=8, is_selected=True)]

    (row,) = wanted([STABLE], held)

    assert (row.pk, row.is_selected) == (8, False)
