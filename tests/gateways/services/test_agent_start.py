from __future__ import annotations

from gateways.services.agent_start import start_agent
from tenants.connections import kv_for
from tenants.selectors import token_by_text
from tests.factories import ACTOR
from vamp import wiring


def test_start__of_an_agent__opens_this_environment_alone(environment):
    kv_for(environment).put("acme/production/gateways/manifest", "{}")

    found = start_agent(environment, actor=ACTOR, api_url="http://vamp.test")

    variables = found.variables
    assert token_by_text(variables["VAMP_AGENT_API_TOKEN"]).agent_of == environment
    store = wiring.kv_from_url(variables["VAMP_AGENT_KV_URL"], key=variables["VAMP_AGENT_KV_KEY"])
    assert store.get("acme/production/gateways/manifest").value == "{}"
    assert variables["VAMP_AGENT_API_URL"] == "http://vamp.test"
    assert found.command.endswith("vga run")


def test_start__twice__makes_two_agents_of_different_names(environment):
    first, second = (start_agent(environment, actor=ACTOR, api_url="http://x") for _ in range(2))

    assert first.variables["VAMP_AGENT_NAME"] != second.variables["VAMP_AGENT_NAME"]
    assert first.variables["VAMP_AGENT_API_TOKEN"] not in repr(first)
