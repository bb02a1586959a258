"""Lists of gateways, services and agents: what their cells say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from gateways.admin import standing
from gateways.selectors import Liveness
from tests.factories import (
    AgentFactory,
    AppliedFactory,
    GatewayFactory,
    HostFactory,
    InstanceFactory,
    RouteFactory,
    VersionFactory,
    gateway_with,
)


@pytest.fixture
def page(client, person):
    client.force_login(person)

    def read(model: str) -> str:
        answer = client.get(reverse(f"admin:gateways_{model}_changelist"))
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return read


@pytest.mark.parametrize(
    ("live", "words"),
    [
        (Liveness(desired=3, published=3, applied=2, agents=2), "live"),
        (Liveness(desired=3, published=3, applied=1, agents=2), "behind"),
        (Liveness(desired=3, published=2, applied=0, agents=2), "not published"),
        (Liveness(desired=3, published=3, applied=0, agents=0), "no agent"),
        (Liveness(desired=3, published=0, applied=0, agents=0), "no agent"),
    ],
)
def test_standing__each_liveness__has_its_words(live, words):
    assert standing(live) == words


def test_gateways__with_title_hosts_and_split__are_told(page, environment, now):
    gateway = gateway_with(
        environment, {"1.0.0": 9_000, "1.1.0": 1_000}, title="Web shop", generation=2
    )
    HostFactory.create(environment=environment, gateway=gateway, host="b.example.test", position=1)
    AppliedFactory.create(
        environment=environment, agent=AgentFactory.create(environment=environment, reported_at=now)
    )

    shown = page("gateway")

    assert "Web shop" in shown
    assert "shop.example.test and 1 more" in shown
    assert "shop-1.0.0 90%, shop-1.1.0 10%" in shown
    assert "not published" in shown


def test_gateways__port_of_its_own__is_told(page, environment):
    GatewayFactory.create(environment=environment, port=9050)

    shown = page("gateway")

    assert "port 9050" in shown
    assert "no agent" in shown


def test_gateways__being_removed__are_left_out(page, environment):
    GatewayFactory.create(environment=environment, name="leaving", is_removed=True)

    shown = page("gateway")

    assert "leaving" not in shown
    assert "There is no gateway yet" in shown


def test_gateways__add__leads_to_the_page_for_new_ones(client, person, environment):
    client.force_login(person)

    answer = client.get(reverse("admin:gateways_gateway_add"))

    assert answer.status_code == 302
    assert answer.url.startswith("/admin/environments/acme/production/")


def test_services__several_versions_and_instances__are_counted_once(page, environment):
    version = VersionFactory.create(environment=environment)
    VersionFactory.create(environment=environment, name="1.1.0", service=version.service)
    VersionFactory.create(
        environment=environment, name="0.9", service=version.service, is_present=False
    )
    for is_ready in (True, True, False):
        InstanceFactory.create(environment=environment, version=version, is_ready=is_ready)

    shown = page("service")

    assert "2 of 3" in shown
    assert ">2</td>" in shown.replace(" </td>", "</td>").replace("> 2", ">2")


def test_routes__weight__is_in_percent(page, environment):
    gateway = GatewayFactory.create(environment=environment)
    RouteFactory.create(environment=environment, gateway=gateway, weight=1_250)

    assert "12.5%" in page("route")


def test_instances__address_and_version__are_told(page, environment):
    InstanceFactory.create(environment=environment, host="10.0.0.7", port=8080)

    shown = page("instance")

    assert "10.0.0.7:8080" in shown
    assert "1.0.0" in shown


def test_agents__in_trouble__say_what(page, environment, now):
    faults = [{"gateway": "shop", "message": "the port is taken", "since": "2026-03-01T12:00:00Z"}]
    AgentFactory.create(environment=environment, faults=faults, reported_at=now)
    AgentFactory.create(
        environment=environment, name="vga-2", reported_at=now - timedelta(minutes=5)
    )

    shown = page("agent")

    assert "the port is taken" in shown
    assert "none" in shown
    assert "5 minutes ago" in shown or "5 min" in shown


def test_applied_generations__of_an_agent__are_listed(page, environment):
    AppliedFactory.create(environment=environment, gateway="cart", generation=4711)

    assert "4711" in page("appliedgeneration").replace(",", "")
