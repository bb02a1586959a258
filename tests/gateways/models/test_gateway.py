"""The gateway's rows: what is stale, what is there, and what the database refuses."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from gateways.models import Gateway
from tests.factories import GatewayFactory, HostFactory, environment_in


def test_stale__older_part_than_definition__is_found(environment):
    for name, published in (("old", 2), ("same", 3), ("never", 0)):
        GatewayFactory.create(
            environment=environment, name=name, generation=3, published_generation=published
        )

    stale = Gateway.objects.in_environment(environment).stale()

    assert [row.name for row in stale] == ["never", "old"]
    assert {row.name: row.is_published for row in Gateway.objects.in_environment(environment)} == {
        "never": False,
        "old": False,
        "same": True,
    }


def test_present__one_asked_to_go__is_left_out(environment):
    GatewayFactory.create(environment=environment, name="stays")
    GatewayFactory.create(environment=environment, name="goes", is_removed=True)

    assert [str(row) for row in Gateway.objects.in_environment(environment).present()] == ["stays"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "shop"}, {"name": "shop"}),
        ({"name": "shop", "port": 9050}, {"name": "cart", "port": 9050}),
    ],
)
def test_gateway__name_or_port_taken__is_refused_in_its_environment_only(
    environment, first, second
):
    neighbour = environment_in(environment.database, organisation="initech")
    GatewayFactory.create(environment=environment, **first)

    with pytest.raises(IntegrityError), transaction.atomic(using=environment.database):
        GatewayFactory.create(environment=environment, **second)
    GatewayFactory.create(environment=neighbour, **second)

    assert Gateway.objects.in_environment(environment).count() == 1
    assert Gateway.objects.in_environment(neighbour).count() == 1


@pytest.mark.parametrize("port", [0, 65_536])
def test_gateway__port_out_of_range__is_refused(environment, port):
    with pytest.raises(IntegrityError), transaction.atomic(using=environment.database):
        GatewayFactory.create(environment=environment, port=port)


def test_host__of_another_gateway__is_refused(environment):
    shop, cart = (
        GatewayFactory.create(environment=environment, name=name) for name in ("shop", "cart")
    )
    HostFactory.create(environment=environment, gateway=shop, host="example.test")

    with pytest.raises(IntegrityError), transaction.atomic(using=environment.database):
        HostFactory.create(environment=environment, gateway=cart, host="example.test")


def test_hosts__of_a_gateway__are_in_their_order(environment):
    shop = GatewayFactory.create(environment=environment)
    for position, host in ((1, "a.test"), (0, "b.test")):
        HostFactory.create(environment=environment, gateway=shop, host=host, position=position)

    assert [row.host for row in shop.hosts.all()] == ["b.test", "a.test"]
