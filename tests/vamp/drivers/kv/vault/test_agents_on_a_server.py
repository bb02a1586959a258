"""Who may read what on a real Vault: an environment's agents, and the installation itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hvac
import pytest

from tests.real_vault import KEY, PLACE, Mount, fresh_mount, url_of
from vamp import wiring_of_agent_keys
from vamp.drivers.kv.vault.credentials import AppRole, parse_credentials
from vamp.drivers.kv.vault.store import VaultStore
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused

pytestmark = pytest.mark.stack


class TheAgents:
    """An environment's agents, and whoever made their key."""

    def __init__(self, mount: Mount, **place: str) -> None:
        self.place = place
        self.url, self.own_key = mount.url, mount.key
        self.key = self.grant()
        self.store = mount.opened_with(self.key)

    def grant(self) -> str:
        return wiring_of_agent_keys.kv_agent_key(self.url, key=self.own_key, **self.place)

    def revoke(self) -> None:
        wiring_of_agent_keys.revoke_kv_agent_key(self.url, key=self.own_key, **self.place)


@pytest.fixture
def agents(mount: Mount) -> Iterator[TheAgents]:
    made = TheAgents(mount, **PLACE)
    yield made
    made.revoke()


def test_agents_key__own_subtree__is_read(mount: Mount, agents: TheAgents):
    mount().put(KEY, "{}")
    mount().put("acme/production/gateways/parts/shop", "part")

    held = agents.store.get(KEY)

    assert held is not None
    assert held.value == "{}"
    assert agents.store.get("acme/production/gateways/parts/none") is None
    assert agents.store.keys("acme/production/gateways") == [
        KEY,
        "acme/production/gateways/parts/shop",
    ]


OTHERS = [
    "acme/production/environment",
    "acme/production/agents/approle",
    "acme/production/gateways-old/manifest",
    "acme/production/workflows/script",
    "acme/staging/gateways/manifest",
    "acme/organisation",
    "globex/production/gateways/manifest",
]


@pytest.mark.parametrize("key", OTHERS)
def test_agents_key__anything_else__is_not_read_listed_or_written(
    mount: Mount, agents: TheAgents, key: str
):
    if key != "acme/production/agents/approle":
        mount().put(key, "s3cret")

    for use in (
        lambda: agents.store.get(key),
        lambda: agents.store.keys(key),
        lambda: agents.store.keys(key.rpartition("/")[0]),
        lambda: agents.store.put(key, "mine"),
        lambda: agents.store.delete(key),
    ):
        with pytest.raises(PortRefused, match="does not allow us to"):
            use()


@pytest.mark.parametrize("held", ["{}", None])
def test_agents_key__own_subtree__is_never_written(
    mount: Mount, agents: TheAgents, held: str | None
):
    if held is not None:
        mount().put(KEY, held)

    for use in (
        lambda: agents.store.put(KEY, "mine"),
        lambda: agents.store.put(KEY, "mine", expected=1 if held else 0),
        lambda: agents.store.delete(KEY),
    ):
        with pytest.raises(PortRefused, match="does not allow us to"):
            use()
    after = mount().get(KEY)
    assert (after.value if after else None) == held


def test_agents_key__of_the_other_mount__opens_nothing_here(mount: Mount, agents: TheAgents):
    mount().put(KEY, "{}")
    with fresh_mount() as other:
        others = TheAgents(other, **PLACE)
        other().put(KEY, "theirs")

        held = others.store.get(KEY)

        assert held is not None
        assert held.value == "theirs"
        with pytest.raises(PortRefused):
            mount.opened_with(others.key).get(KEY)
        with pytest.raises(PortRefused):
            other.opened_with(agents.key).get(KEY)
        others.revoke()


def test_agents_key__environments_whose_names_join_alike__are_apart(mount: Mount):
    mount().put("a-b/c/gateways/manifest", "first")
    mount().put("a/b-c/gateways/manifest", "second")
    first = TheAgents(mount, organisation="a-b", environment="c")
    second = TheAgents(mount, organisation="a", environment="b-c")

    assert first.store.get("a-b/c/gateways/manifest") is not None
    assert second.store.get("a/b-c/gateways/manifest") is not None
    with pytest.raises(PortRefused):
        first.store.get("a/b-c/gateways/manifest")
    with pytest.raises(PortRefused):
        second.store.get("a-b/c/gateways/manifest")
    first.revoke()
    second.revoke()


def test_agents_key__asked_for_again__is_the_same(agents: TheAgents):
    assert agents.grant() == agents.key


def test_agents_key__secret_was_destroyed__is_made_anew(
    mount: Mount, agents: TheAgents, root: hvac.Client
):
    held = parse_credentials(agents.key)
    assert isinstance(held, AppRole)
    name = f"vamp-agent-{mount.name}.acme.production"
    root.auth.approle.destroy_secret_id(name, held.secret_id)

    again = agents.grant()

    assert again != agents.key
    assert mount.opened_with(again).get(KEY) is None


def test_agents_key__revoked__opens_nothing_not_even_for_tokens_given_before(
    mount: Mount, root: hvac.Client
):
    agents = TheAgents(mount, **PLACE)
    mount().put(KEY, "{}")
    assert agents.store.get(KEY) is not None

    agents.revoke()
    agents.revoke()

    with pytest.raises(PortRefused):
        agents.store.get(KEY)
    name = f"vamp-agent-{mount.name}.acme.production"
    assert name not in root.sys.list_policies()["data"]["policies"]
    assert mount().get("acme/production/agents/approle") is None


def test_agents_key__made_with_an_agents_key__is_refused(mount: Mount, agents: TheAgents):
    with pytest.raises(PortRefused, match="does not allow us to"):
        wiring_of_agent_keys.kv_agent_key(mount.url, key=agents.key, **PLACE)


def test_installation__with_the_policy_of_the_documentation__has_all_it_needs(
    mount: Mount, root: hvac.Client
):
    page = Path("docs/vault.md").read_text()
    policy = page.partition("```hcl\n")[2].partition("```")[0]
    name = f"{mount.name}-documented"
    root.sys.create_or_update_policy(name, policy.replace('"vamp/*"', f'"{mount.name}/*"'))
    token = root.auth.token.create(policies=[name], ttl="10m")["auth"]["client_token"]
    own = Mount(mount.name, f"token:{token}")

    own().put("acme/organisation", "{}", expected=0)
    agents = TheAgents(own, **PLACE)
    own().put(KEY, "{}")

    assert agents.store.get(KEY) is not None
    assert agents.grant() == agents.key
    assert own().keys("") == ["acme/organisation", "acme/production/agents/approle", KEY]
    agents.revoke()
    own().delete("acme/organisation")
    with pytest.raises(PortRefused, match="does not allow us to"):
        VaultStore.from_dsn(Dsn.parse(url_of("other")), key=own.key).get(KEY)
    root.sys.delete_policy(name)
