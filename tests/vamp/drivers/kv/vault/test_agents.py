"""Names and policies; what they do on a real server is in test_agents_on_a_server.py."""

from __future__ import annotations

import itertools

import pytest

from tests.vamp.drivers.kv.vault.scripted import DENIED, scripted
from vamp.drivers.kv.vault.agents import AgentAccess, policy_text, role_name
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused

PLACE = {"organisation": "acme", "environment": "production"}


def test_role_name__of_an_environment__says_which():
    assert role_name("kv", "acme", "production") == "vamp-agent-kv.acme.production"


def test_role_name__of_different_places__never_the_same():
    mounts = ["a", "A", "a-b", "a/b", "a.b", "a_b", "a_2fb"]
    labels = ["a", "b", "a-b", "b-c", "c", "a--b"]
    places = list(itertools.product(mounts, labels, labels))

    names = {role_name(*place) for place in places}

    assert len(names) == len(places)
    assert all(name == name.lower() for name in names)  # Vault lower-cases names of policies


@pytest.mark.parametrize("name", ["", "a/b", "a.b", "*", "+", 'a"', "A", "a" * 64, "a\n"])
@pytest.mark.parametrize("which", ["organisation", "environment"])
def test_access__name_is_no_label__is_invalid(name, which):
    with scripted() as vault, pytest.raises(Invalid, match="not a DNS label"):
        AgentAccess(vault.address, vault.session(), **{**PLACE, which: name})


def test_policy__of_an_environment__names_its_gateways_only():
    paths = [line.split('"')[1] for line in policy_text("kv", "acme/production").splitlines()]

    assert [path for path in paths if not path.startswith("auth/token/")] == [
        "kv/data/acme/production/gateways/*",
        "kv/metadata/acme/production/gateways/*",
        "kv/metadata/acme/production/gateways",
    ]


def test_grant__own_token_may_not_write_policies__says_so():
    def script(asked):
        return DENIED if asked.path.startswith("/v1/sys/policies") else None

    with scripted(script) as vault, pytest.raises(PortRefused) as caught:
        AgentAccess(vault.address, vault.session(), **PLACE).grant()

    assert "does not allow us to make the role vamp-agent-kv.acme.production" in str(caught.value)


def test_grant__approle_is_not_enabled__says_so():
    missing = (404, {"errors": ['no handler for route "auth/approle/role/x". route entry …']})

    def script(asked):
        if asked.path.startswith("/v1/sys/policies"):
            return 204, ""
        return missing if asked.path.startswith("/v1/auth/approle") else None

    with scripted(script) as vault, pytest.raises(PortRefused, match="nothing is mounted there"):
        AgentAccess(vault.address, vault.session(), **PLACE).grant()


KEY = "/v1/kv/data/acme/production/agents/approle"
ROLE = "/v1/auth/approle/role/vamp-agent-kv.acme.production"


@pytest.mark.parametrize(
    ("kept", "secret", "is_granted"),
    [
        (False, (200, {"data": {}}), False),
        (True, (200, {"data": {"secret_id_ttl": 0}}), True),
        (True, (204, ""), False),
    ],
)
def test_is_granted__key_kept_and_known__tells_without_making_any(kept, secret, is_granted):
    def script(asked):
        if asked.path == KEY and kept:
            held = {"data": {"value": "approle:role:secret"}, "metadata": {"version": 1}}
            return 200, {"data": held}
        if asked.path == f"{ROLE}/role-id":
            return 200, {"data": {"role_id": "role"}}
        return secret if asked.path == f"{ROLE}/secret-id/lookup" else None

    with scripted(script) as vault:
        found = AgentAccess(vault.address, vault.session(), **PLACE).is_granted()

    assert found is is_granted
    assert "/v1/sys/policies/acl/vamp-agent-kv.acme.production" not in vault.paths()


def test_is_granted__role_removed_by_hand__is_not():
    def script(asked):
        held = {"data": {"value": "approle:role:secret"}, "metadata": {"version": 1}}
        return (200, {"data": held}) if asked.path == KEY else None

    with scripted(script) as vault:
        assert not AgentAccess(vault.address, vault.session(), **PLACE).is_granted()
