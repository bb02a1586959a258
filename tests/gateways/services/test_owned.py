from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from gateways.models import Gateway, GatewayHost, Route
from gateways.services.owned import agents_alive, copy_gateways, gateways_in
from tests.factories import AgentFactory, GatewayFactory, environment_in, gateway_with


def test_copy_gateways__one_is_being_removed__the_others_are_copied(environment):
    gateway_with(environment, {"1.0.0": 7_000, "1.1.0": 3_000}, name="shop")
    GatewayFactory.create(environment=environment, name="gone", is_removed=True)
    target = environment_in(environment.database, name="staging")

    with transaction.atomic(using=environment.database):
        copied = copy_gateways(environment, target, "root")

    assert copied == {"gateways": 1}
    assert [row.name for row in Gateway.objects.in_environment(target)] == ["shop"]
    weights = Route.objects.in_environment(target).values_list("name", "weight")
    assert dict(weights) == dict(
        Route.objects.in_environment(environment).values_list("name", "weight")
    )
    assert GatewayHost.objects.in_environment(target).get().gateway.environment == target


def test_gateways_in__of_several__counts_those_present(environment):
    gateway_with(environment, {"1.0.0": 10_000})
    GatewayFactory.create(environment=environment, name="gone", is_removed=True)

    assert gateways_in(environment.database, [environment.pk]) == 1
    assert gateways_in(environment.database, []) == 0


def test_agents_alive__one_silent__counts_the_other(environment, settings):
    AgentFactory.create(environment=environment, reported_at=timezone.now())
    silent = timezone.now() - timedelta(seconds=settings.VAMP.agent_timeout_s + 1)
    AgentFactory.create(environment=environment, name="vga-2", reported_at=silent)

    assert agents_alive(environment) == {"agents": 1}
