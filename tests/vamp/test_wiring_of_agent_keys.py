from __future__ import annotations

import base64

import pytest

from vamp import wiring, wiring_of_agent_keys
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused

KEY = base64.b64encode(bytes(range(32))).decode()
PLACE = {"organisation": "acme", "environment": "production"}


def test_kv_agent_key__of_an_environment__opens_that_environment_alone(tmp_path):
    url = f"file://{tmp_path}/kv"
    store = wiring.kv_from_url(url, key=KEY)
    for key in ("acme/production/environment", "acme/staging/environment"):
        store.put(key, "{}", expected=0)

    agents = wiring.kv_from_url(url, key=wiring_of_agent_keys.kv_agent_key(url, key=KEY, **PLACE))

    assert agents.get("acme/production/environment").value == "{}"
    with pytest.raises(PortRefused):
        agents.get("acme/staging/environment")


@pytest.mark.parametrize(
    "make", [wiring_of_agent_keys.kv_agent_key, wiring_of_agent_keys.revoke_kv_agent_key]
)
def test_kv_agent_key__in_vault_with_a_files_key__names_the_forms(make):
    with pytest.raises(Invalid, match="token:<token> or approle:<role_id>:<secret_id>"):
        make("vault://vault.test/kv", key=KEY, **PLACE)


def test_revoke_kv_agent_key__in_a_folder__leaves_it_alone(tmp_path):
    url = f"file://{tmp_path}/kv"
    wiring.kv_from_url(url, key=KEY).put("acme/production/environment", "{}")

    wiring_of_agent_keys.revoke_kv_agent_key(url, key=KEY, **PLACE)

    assert wiring.kv_from_url(url, key=KEY).get("acme/production/environment").value == "{}"


def test_kv_agent_key__from_an_agents_key__is_refused(tmp_path):
    url = f"file://{tmp_path}/kv"
    agents = wiring_of_agent_keys.kv_agent_key(url, key=KEY, **PLACE)

    with pytest.raises(Invalid, match="only the store's master key"):
        wiring_of_agent_keys.kv_agent_key(url, key=agents, **PLACE)


def test_has_kv_agent_key__of_a_folder__is_always_there(tmp_path):
    url = f"file://{tmp_path}"

    assert wiring_of_agent_keys.has_kv_agent_key(
        url, key="", organisation="acme", environment="production"
    )
