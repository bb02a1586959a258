"""Reading gateways, services and agents of an environment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from gateways.selectors import (
    agents_in,
    gateway_in,
    gateways_in,
    live_agents,
    live_among,
    liveness_of,
    ready_instances,
    services_in,
)
from tests.factories import (
    NOON,
    AgentFactory,
    AppliedFactory,
    GatewayFactory,
    InstanceFactory,
    ServiceFactory,
    VersionFactory,
    environment_in,
    gateway_with,
)
from vamp.errors import NotFound


def agent(environment, name, generation=None, *, age_s=0.0):
    row = AgentFactory.create(
        environment=environment, name=name, reported_at=NOON - timedelta(seconds=age_s)
    )
    if generation is not None:
        AppliedFactory.create(
            environment=environment,
            agent=row,
            generation=generation,
            applied_at=NOON - timedelta(seconds=generation),
        )
    return row


def test_gateways_in__several__take_three_queries(environment, django_assert_num_queries):
    for name in ("shop", "cart"):
        gateway_with(environment, {"1.0.0": 10_000}, name=name)

    with django_assert_num_queries(3, using=environment.database):
        found = [
            (row.name, len(row.hosts.all()), len(row.routes.all()))
            for row in gateways_in(environment)
        ]

    assert found == [("cart", 1, 1), ("shop", 1, 1)]


def test_gateways_in__same_names_next_door__are_ones_own(environment, other_environment):
    neighbour = environment_in(environment.database, organisation="initech")
    for each in (environment, other_environment, neighbour):
        gateway_with(each, {"1.0.0": 10_000}, title=each.path)

    assert [row.title for row in gateways_in(environment)] == [environment.path]


def test_gateway_in__being_removed__is_not_found(environment):
    GatewayFactory.create(environment=environment, is_removed=True)

    with pytest.raises(NotFound, match="shop"):
        gateway_in(environment, "shop")


def test_services_in__several__take_three_queries(environment, django_assert_num_queries):
    for name in ("shop", "cart"):
        service = ServiceFactory.create(environment=environment, name=name)
        version = VersionFactory.create(environment=environment, service=service)
        InstanceFactory.create(environment=environment, version=version)

    with django_assert_num_queries(3, using=environment.database):
        found = [
            (service.name, [len(version.instances.all()) for version in service.versions.all()])
            for service in services_in(environment)
        ]

    assert sorted(found) == [("cart", [1]), ("shop", [1])]


def test_live_agents__at_the_time_out__are_live_and_older_ones_gone(environment):
    timeout_s = settings.VAMP.agent_timeout_s
    agent(environment, "vga-1", age_s=timeout_s)
    agent(environment, "vga-2", age_s=timeout_s + 0.001)

    assert [row.name for row in live_agents(environment, NOON)] == ["vga-1"]
    assert live_among(list(agents_in(environment)), NOON) == 1
    assert [row.name for row in agents_in(environment)] == ["vga-1", "vga-2"]


def test_liveness__some_behind_and_one_gone__counts_live_agents(
    environment, django_assert_num_queries
):
    gateway = gateway_with(environment, {"1.0.0": 10_000}, generation=3, published_generation=3)
    agent(environment, "vga-1", 3)
    agent(environment, "vga-2", 4)
    agent(environment, "vga-3", 2)
    agent(environment, "vga-4")
    agent(environment, "vga-5", 1, age_s=settings.VAMP.agent_timeout_s + 1)
    idle = GatewayFactory.create(environment=environment, name="idle")

    with django_assert_num_queries(2, using=environment.database):
        found = liveness_of(environment, [gateway, idle], NOON)

    shop = found["shop"]
    assert (shop.desired, shop.published, shop.applied, shop.agents) == (3, 3, 2, 4)
    assert shop.behind == ("vga-3", "vga-4")
    assert shop.applied_at == NOON - timedelta(seconds=3)
    assert not shop.is_live
    assert (found["idle"].applied, found["idle"].applied_at) == (0, None)


def test_liveness__every_live_agent_serves_it__is_live(environment):
    gateway = gateway_with(environment, {"1.0.0": 10_000})
    agent(environment, "vga-1", 1)

    assert liveness_of(environment, [gateway], NOON)["shop"].is_live


def test_liveness__no_agent__is_not_live(environment):
    gateway = gateway_with(environment, {"1.0.0": 10_000})

    assert not liveness_of(environment, [gateway], NOON)["shop"].is_live


def test_ready_instances__of_named_services__are_grouped_by_version(
    environment, django_assert_num_queries
):
    version = VersionFactory.create(environment=environment)
    for uid, is_ready in (("b", True), ("a", True), ("c", False)):
        InstanceFactory.create(environment=environment, version=version, uid=uid, is_ready=is_ready)
    cart = ServiceFactory.create(environment=environment, name="cart")
    other = VersionFactory.create(environment=environment, service=cart)
    InstanceFactory.create(environment=environment, version=other)

    with django_assert_num_queries(1, using=environment.database):
        found = ready_instances(environment, ["shop", "nothing", "shop"])

    assert {key: [row.uid for row in rows] for key, rows in found.items()} == {
        ("shop", "1.0.0"): ["a", "b"]
    }
