from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gateways.pages.agents import agent_lines
from tenants.models import ApiToken
from tenants.pages.page import address
from tests.factories import AgentFactory, AppliedFactory, gateway_with, user_of


@pytest.fixture
def root(client, platform_administrator):
    client.force_login(platform_administrator)
    return client


def test_agents__none_yet__says_how_to_start_one(environment, root):
    page = root.get(address("agents", environment)).content.decode()

    assert "No agent has reported yet" in page
    assert "Start an agent" in page


def test_agents__started__shows_the_command_with_a_new_token_once(environment, root):
    answer = root.post(address("agents", environment))

    page = answer.content.decode()
    (token,) = ApiToken.objects.filter(agent_of=environment)
    assert f"export VAMP_AGENT_API_TOKEN={token.prefix}" in page
    assert "export VAMP_AGENT_KV_KEY=env:acme/production:" in page
    assert "vga run" in page
    assert "no-store" in answer["Cache-Control"]
    assert "VAMP_AGENT_API_TOKEN=" not in root.get(address("agents", environment)).content.decode()


def test_agents__store_that_is_away__says_so_and_makes_no_token(environment, root, settings):
    settings.KV_URL, settings.KV_KEY = "vault://127.0.0.1:1/kv?tls=off", "token:good"

    page = root.post(address("agents", environment), follow=True).content.decode()

    assert "cannot be reached" in page
    assert not ApiToken.objects.exists()


def test_agents__reporting_and_silent__are_told_apart(environment, root):
    gateway_with(environment, {"1.0.0": 10_000}, published_generation=3, generation=3)
    live = AgentFactory.create(environment=environment, name="vga-1", reported_at=timezone.now())
    AppliedFactory.create(environment=environment, agent=live, gateway="shop", generation=3)
    AgentFactory.create(
        environment=environment, name="vga-2", reported_at=timezone.now() - timedelta(hours=1)
    )

    lines = agent_lines(environment, timezone.now())
    page = root.get(address("agents", environment)).content.decode()

    assert [(line.is_live, line.applied) for line in lines] == [(True, 1), (False, 0)]
    assert "1 of 2 report" in page
    assert "1 of 1 gateway" in page


@pytest.mark.parametrize("role", ["developer", "viewer"])
def test_agents__without_the_right__sees_them_and_may_not_take_keys(environment, client, role):
    client.force_login(user_of(environment.organisation, "dev", role=role))

    assert (
        "An administrator can start one"
        in client.get(address("agents", environment)).content.decode()
    )
    assert client.post(address("agents", environment)).status_code == 403
    assert not ApiToken.objects.exists()
