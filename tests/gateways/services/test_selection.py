"""Routes that come and go with the versions that a selector matches."""

from __future__ import annotations

import pytest

from gateways.domain.layout import Layout, rebalance
from gateways.models import Gateway, Route
from gateways.services.scope import Scope
from gateways.services.selection import free_name, reselect
from tests.factories import GatewayFactory, RouteFactory, ServiceFactory, VersionFactory
from vamp.models import AuditEntry, OutboxEvent

SELECTOR = "label(app)(shop) && label(version)((.*))"


def selecting(environment, weights, *, is_selected=True, **fields):
    """Return a gateway with a selector and a route to each version, laid out as weighted."""
    layout = rebalance(Layout(), {f"shop-{name}": weight for name, weight in weights.items()})
    gateway = GatewayFactory.create(
        environment=environment, selector=SELECTOR, layout=layout.to_json(), **fields
    )
    for position, (version, weight) in enumerate(weights.items()):
        RouteFactory.create(
            environment=environment,
            gateway=gateway,
            version=version,
            weight=weight,
            position=position,
            is_selected=is_selected,
        )
    return gateway


def present(environment, *versions, service="shop"):
    row = ServiceFactory.create(environment=environment, name=service)
    for version in versions:
        VersionFactory.create(environment=environment, service=row, name=version)


def weights(environment):
    return dict(Route.objects.in_environment(environment).values_list("name", "weight"))


def test_reselect__versions_appear__get_routes_without_weight_behind_the_others(environment):
    before = selecting(environment, {"1.0.0": 10_000})
    present(environment, "1.0.0", "1.2.0", "1.1.0")

    names = reselect(Scope(environment, "tests"))

    assert names == ["shop"]
    routes = Route.objects.in_environment(environment)
    assert list(routes.values_list("version", "weight", "position", "is_selected")) == [
        ("1.0.0", 10_000, 0, True),
        ("1.1.0", 0, 1, True),
        ("1.2.0", 0, 2, True),
    ]
    after = Gateway.objects.in_environment(environment).get()
    assert (after.revision, after.generation) == (before.revision + 1, before.generation + 1)
    assert after.layout == before.layout
    entry = AuditEntry.objects.using(environment.database).get(verb="gateway.reselected")
    assert entry.after == {"added": ["shop-1.1.0", "shop-1.2.0"], "removed": []}
    events = OutboxEvent.objects.using(environment.database)
    added = events.filter(subject__endswith="route.added").order_by("pk")
    assert [event.payload["version"] for event in added] == ["1.1.0", "1.2.0"]


def test_reselect__nothing_new__writes_nothing(environment, django_assert_num_queries):
    selecting(environment, {"1.0.0": 10_000})
    present(environment, "1.0.0")

    with django_assert_num_queries(3, using=environment.database):
        names = reselect(Scope(environment, "tests"))

    assert names == []


def test_reselect__no_gateway_selects__asks_once(environment, django_assert_num_queries):
    GatewayFactory.create(environment=environment)
    selecting(environment, {}, name="leaving", is_removed=True)
    present(environment, "1.0.0")

    with django_assert_num_queries(1, using=environment.database):
        names = reselect(Scope(environment, "tests"))

    assert names == []
    assert weights(environment) == {}


def test_reselect__versions_vanish__others_grow_in_proportion(environment):
    selecting(environment, {"1": 2_000, "2": 6_000, "3": 1_500, "4": 500})
    present(environment, "1", "2")

    reselect(Scope(environment, "tests"))

    assert weights(environment) == {"shop-1": 2_500, "shop-2": 7_500}
    layout = Layout.from_json(Gateway.objects.in_environment(environment).get().layout)
    assert layout.weights == {"shop-1": 2_500, "shop-2": 7_500}
    removed = OutboxEvent.objects.using(environment.database).filter(
        subject__endswith="route.removed"
    )
    assert {event.payload["route"] for event in removed} == {"shop-3", "shop-4"}


def test_reselect__all_vanish__the_last_with_weight_stays(environment):
    selecting(environment, {"1": 4_000, "2": 6_000, "3": 0})

    reselect(Scope(environment, "tests"))

    assert weights(environment) == {"shop-2": 10_000}


def test_reselect__route_that_people_wrote__stays_without_its_version(environment):
    selecting(environment, {"1.0.0": 10_000}, is_selected=False)

    assert reselect(Scope(environment, "tests")) == []
    assert weights(environment) == {"shop-1.0.0": 10_000}


def test_reselect__version_that_is_not_present__gets_no_route(environment):
    selecting(environment, {})
    service = ServiceFactory.create(environment=environment)
    VersionFactory.create(environment=environment, service=service, is_present=False)

    assert reselect(Scope(environment, "tests")) == []


def test_reselect__given_gateways_only__leaves_the_others(environment):
    chosen = selecting(environment, {})
    selecting(environment, {}, name="cart")
    present(environment, "1.0.0")

    names = reselect(Scope(environment, "tests"), [chosen])

    assert names == ["shop"]
    assert Route.objects.in_environment(environment).get().gateway_id == chosen.pk


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("shop-1", set(), "shop-1"),
        ("shop-1", {"shop-1"}, "shop-1-2"),
        ("shop-1", {"shop-1", "shop-1-2"}, "shop-1-3"),
        ("x" * 80, set(), "x" * 63),
        ("x" * 80, {"x" * 63}, "x" * 61 + "-2"),
    ],
)
def test_free_name__what_is_taken__is_numbered_within_63_characters(wanted, taken, name):
    assert free_name(wanted, taken) == name
    assert name in taken
