"""How gateways look in answers."""

from __future__ import annotations

from gateways.api.shapes import shape_of, shapes_of
from gateways.selectors import gateway_in, gateways_in
from tests.factories import AgentFactory, AppliedFactory, gateway_with


def test_shapes__however_many_gateways__take_two_queries(
    environment, now, django_assert_num_queries
):
    for name in ("cart", "shop", "stock"):
        gateway_with(environment, {"1.0.0": 10_000}, name=name)
    AgentFactory.create(environment=environment, reported_at=now)
    rows = list(gateways_in(environment))

    with django_assert_num_queries(2, using=environment.database):
        shapes = shapes_of(environment, rows)

    assert [shape["name"] for shape in shapes] == ["cart", "shop", "stock"]


def test_shape__gateway_that_is_live__has_document_and_liveness(environment, now):
    gateway_with(
        environment,
        {"1.0.0": 9_000, "1.1.0": 1_000},
        title="Web shop",
        revision=4,
        generation=7,
        published_generation=7,
    )
    agent = AgentFactory.create(environment=environment, reported_at=now)
    AppliedFactory.create(environment=environment, agent=agent, generation=7)

    shape = shape_of(environment, gateway_in(environment, "shop"))

    assert (shape["title"], shape["revision"], shape["published_at"]) == ("Web shop", 4, None)
    assert shape["document"]["hosts"] == ["shop.example.test"]
    assert [route["weight"] for route in shape["document"]["routes"]] == ["90%", "10%"]
    assert shape["liveness"] | {"applied_at": None} == {
        "is_live": True,
        "desired": 7,
        "published": 7,
        "applied": 1,
        "agents": 1,
        "behind": [],
        "applied_at": None,
    }
    assert shape["liveness"]["applied_at"] == "2026-03-01T12:00:00Z"


def test_shapes__of_no_gateway__are_none(environment):
    assert shapes_of(environment, []) == []
