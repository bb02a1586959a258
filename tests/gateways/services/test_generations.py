"""Raising generations of the gateways that lead to changed versions."""

from __future__ import annotations

from gateways.models import Gateway
from gateways.services.generations import BATCH, raise_generations
from tests.factories import RouteFactory, gateway_with


def generations(environment):
    rows = Gateway.objects.in_environment(environment)
    return dict(rows.values_list("name", "generation"))


def test_raise__versions_of_some_routes__raises_their_gateways_once(environment):
    gateway_with(environment, {"1.0.0": 5_000, "1.1.0": 5_000})
    gateway_with(environment, {"2.0.0": 10_000}, name="beta")

    names = raise_generations(environment, [("shop", "1.0.0"), ("shop", "1.1.0")])

    assert names == ["shop"]
    assert generations(environment) == {"shop": 2, "beta": 1}


def test_raise__route_without_weight__counts_too(environment):
    gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})

    assert raise_generations(environment, [("shop", "1.1.0")]) == ["shop"]


def test_raise__same_version_of_another_service__is_left_alone(environment):
    gateway = gateway_with(environment, {"1.0.0": 5_000})
    RouteFactory.create(
        environment=environment, gateway=gateway, service="cart", version="2.0.0", weight=5_000
    )

    assert raise_generations(environment, [("shop", "2.0.0"), ("cart", "1.0.0")]) == []
    assert generations(environment) == {"shop": 1}


def test_raise__no_version__asks_nothing(environment, django_assert_num_queries):
    with django_assert_num_queries(0, using=environment.database):
        names = raise_generations(environment, iter(()))

    assert names == []


def test_raise__more_services_than_one_batch__finds_the_last(environment):
    gateway_with(environment, {"1.0.0": 10_000})
    versions = [(f"a-{number}", "1") for number in range(BATCH)] + [("shop", "1.0.0")]

    assert raise_generations(environment, versions) == ["shop"]


def test_raise__another_tenant_with_the_same_names__is_left_alone(environment, other_environment):
    for each in (environment, other_environment):
        gateway_with(each, {"1.0.0": 10_000})

    raise_generations(environment, [("shop", "1.0.0")])

    assert generations(environment) == {"shop": 2}
    assert generations(other_environment) == {"shop": 1}
