from __future__ import annotations

from gateways.models import Gateway
from tests.factories import GatewayFactory, environment_in


def test_in_environment__same_name_elsewhere__reads_the_environments_own(
    environment, other_environment
):
    wanted = GatewayFactory.create(environment=environment)
    GatewayFactory.create(environment=other_environment)
    GatewayFactory.create(
        environment=environment_in(environment.database, name="staging"), title="staging's"
    )

    assert list(Gateway.objects.in_environment(environment)) == [wanted]


def test_save__read_again__stays_in_its_database(environment):
    GatewayFactory.create(environment=environment)
    gateway = Gateway.objects.in_environment(environment).get()
    gateway.title = "Web shop"

    gateway.save()

    assert Gateway.objects.in_environment(environment).get().title == "Web shop"
