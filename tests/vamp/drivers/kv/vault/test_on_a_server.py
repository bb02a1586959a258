"""What only a real Vault can show: sealing, tokens that end, and who may read what."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import hvac
import pytest
from prometheus_client import REGISTRY

from tests.real_vault import KEY, Mount, server, stack, unseal, url_of
from vamp.drivers.kv.vault.credentials import AppRole
from vamp.drivers.kv.vault.session import Session
from vamp.drivers.kv.vault.store import VaultStore
from vamp.dsn import Dsn
from vamp.ports.errors import PortRefused, PortUnavailable
from vamp.ports.kv import MAX_VALUE_BYTES

pytestmark = pytest.mark.stack


@pytest.fixture
def role(root: hvac.Client, mount: Mount) -> Iterator[AppRole]:
    """An AppRole with the run of the mount, whose tokens live 2 s and at most 5 s."""
    name = f"{mount.name}-short"
    root.sys.create_or_update_policy(
        name,
        f'path "{mount.name}/*" {{ capabilities = ["create","read","update","delete","list"] }}',
    )
    method = root.auth.approle
    method.create_or_update_approle(name, token_policies=[name], token_ttl="2s", token_max_ttl="5s")
    yield AppRole(
        method.read_role_id(name)["data"]["role_id"],
        method.generate_secret_id(name)["data"]["secret_id"],
    )
    method.delete_role(name)
    root.sys.delete_policy(name)


def revoke_tokens_of(session: Session, root: hvac.Client) -> None:
    login = session._login
    assert login is not None
    root.auth.token.revoke(login.adapter.token)


def test_get__while_sealed__is_unavailable_and_works_again_after(mount: Mount, root: hvac.Client):
    store = mount()
    store.put(KEY, "before")

    root.sys.seal()
    try:
        with pytest.raises(PortUnavailable, match="it is sealed; unseal it"):
            store.get(KEY)
        with pytest.raises(PortUnavailable, match="it is sealed; unseal it"):
            store.put(KEY, "lost", expected=1)
        with pytest.raises(PortUnavailable, match="it is sealed; unseal it"):
            mount().keys("acme")
    finally:
        unseal()

    held = store.get(KEY)
    assert held is not None
    assert (held.value, held.revision) == ("before", 1)
    assert store.put(KEY, "after", expected=1) == 2


def test_login__while_sealed__is_unavailable_and_succeeds_after(
    mount: Mount, root: hvac.Client, role: AppRole
):
    store = mount.opened_with(str(role))
    root.sys.seal()
    try:
        with pytest.raises(PortUnavailable, match="it is sealed; unseal it"):
            store.get(KEY)
    finally:
        unseal()

    assert store.put(KEY, "x", expected=0) == 1


def test_get__server_was_killed_and_started_again__goes_on(mount: Mount, role: AppRole):
    store = mount.opened_with(str(role))
    store.put(KEY, "before", expected=0)

    stack("kill")
    try:
        with pytest.raises(PortUnavailable, match=r"hung up|cannot be reached"):
            store.get(KEY)
        with pytest.raises(PortUnavailable, match="cannot be reached"):
            store.put(KEY, "lost", expected=1)
    finally:
        stack("start")

    held = store.get(KEY)
    assert held is not None
    assert (held.value, held.revision) == ("before", 1)
    assert store.put(KEY, "after", expected=1) == 2


def test_ask__longer_than_a_token_lives__goes_on(mount: Mount, role: AppRole):
    store = mount.opened_with(str(role))
    first = store.put(KEY, "0")
    token = store._session._login

    revisions = [first]
    for number in itertools.count(1):
        revisions.append(store.put(KEY, str(number), expected=revisions[-1]))
        login = store._session._login
        if login is not None and token is not None and login.adapter is not token.adapter:
            break

    assert revisions == list(range(1, len(revisions) + 1))


def test_ask__token_ended_while_idle__logs_in_anew(mount: Mount, role: AppRole, root: hvac.Client):
    store = mount.opened_with(str(role))
    store.put(KEY, "x")
    revoke_tokens_of(store._session, root)

    assert store.put(KEY, "y", expected=1) == 2


def test_ask__given_token_was_revoked__is_refused(mount: Mount, root: hvac.Client):
    token = root.auth.token.create(ttl="1h")["auth"]["client_token"]
    store = mount.opened_with(f"token:{token}")
    store.put(KEY, "x")
    root.auth.token.revoke(token)

    with pytest.raises(PortRefused, match="does not accept the token: it expired or was revoked"):
        store.get(KEY)


@pytest.mark.parametrize("key", ["token:hvs.nobody", "approle:nobody:hunter2"])
def test_get__unknown_credentials__are_refused(mount: Mount, key: str):
    with pytest.raises(PortRefused) as caught:
        mount.opened_with(key).get(KEY)

    assert "hunter2" not in str(caught.value)


def test_every_operation__mount_is_not_there__is_refused(root: hvac.Client):
    store = VaultStore.from_dsn(Dsn.parse(url_of("nowhere")), key=f"token:{root.token}")

    for use in (
        lambda: store.get(KEY),
        lambda: store.put(KEY, "x"),
        lambda: store.delete(KEY),
        lambda: store.keys("acme"),
        lambda: store.keys(""),
    ):
        with pytest.raises(PortRefused, match="nothing is mounted there; check the mount"):
            use()


def test_put__engine_of_version_1__is_refused(root: hvac.Client, mount: Mount):
    name = f"{mount.name}-v1"
    root.sys.enable_secrets_engine("kv", path=name, options={"version": "1"})
    try:
        store = VaultStore.from_dsn(Dsn.parse(url_of(name)), key=mount.key)
        with pytest.raises(PortRefused, match="no KV version 2"):
            store.put(KEY, "x")
    finally:
        root.sys.disable_secrets_engine(name)


def test_put__deleted_by_hand__is_none_and_can_be_written_anew(mount: Mount, root: hvac.Client):
    store, by_hand = mount(), root.secrets.kv.v2
    store.put(KEY, "a")
    by_hand.delete_latest_version_of_secret(KEY, mount_point=mount.name)

    assert store.get(KEY) is None
    assert store.put(KEY, "b", expected=0) == 2
    by_hand.destroy_secret_versions(KEY, versions=[2], mount_point=mount.name)
    assert store.get(KEY) is None
    assert store.put(KEY, "c", expected=0) == 3
    held = store.get(KEY)
    assert held is not None
    assert (held.value, held.revision) == ("c", 3)


def test_put__mount_demands_check_and_set__says_how_to_change_that(mount: Mount, root: hvac.Client):
    root.secrets.kv.v2.configure(cas_required=True, mount_point=mount.name)
    try:
        with pytest.raises(PortRefused, match="set cas_required=false"):
            mount().put(KEY, "x")
        assert mount().put(KEY, "x", expected=0) == 1
    finally:
        root.secrets.kv.v2.configure(cas_required=False, mount_point=mount.name)


@pytest.mark.parametrize("letter", ["<", '"', "\x00", "\u2028"])
def test_put__longest_value_of_letters_that_grow__comes_back(mount: Mount, letter: str):
    value = letter * (MAX_VALUE_BYTES // len(letter.encode()))

    mount().put(KEY, value)

    held = mount().get(KEY)
    assert held is not None
    assert held.value == value


def test_put__plain_value__is_read_by_others_as_it_is(mount: Mount, root: hvac.Client):
    mount().put(KEY, "backend shop\n")

    found = root.secrets.kv.v2.read_secret_version(
        KEY, mount_point=mount.name, raise_on_deleted_version=True
    )
    assert found["data"]["data"] == {"value": "backend shop\n"}


def test_operation__counted__is_among_the_metrics(mount: Mount):
    def count(outcome: str) -> float:
        labels = {"driver": "vault", "operation": "get", "outcome": outcome}
        return REGISTRY.get_sample_value("vamp_driver_calls_total", labels) or 0.0

    before = count("ok")

    mount().get(KEY)

    assert count("ok") == before + 1


def test_server__of_the_stack__is_no_development_server():
    assert hvac.Client(url=server()).sys.read_seal_status()["storage_type"] != "inmem"
