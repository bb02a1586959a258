"""What a look at Vault says in each of its moods, in the words that Vault 1.14 answers with."""

from __future__ import annotations

import os
import socket

import pytest

from tests.real_vault import Mount, fresh_mount, url_of
from tests.vamp.drivers.kv.vault.scripted import DENIED, SELF, scripted
from vamp.drivers.kv.vault.store import VaultStore
from vamp.dsn import Dsn
from vamp.ports.checks import Tone
from vamp.ports.errors import PortRefused

PLACE = "acme/production"
HEALTH = "/v1/sys/health"
ENGINE = "/v1/sys/internal/ui/mounts/kv"
CAPABILITIES = "/v1/sys/capabilities-self"
OPEN = {"initialized": True, "sealed": False, "standby": False, "version": "1.14.2"}
KV2 = {"data": {"type": "kv", "options": {"version": "2"}}}


def answering(**said):
    """Answer health, mount and capabilities as told, and keep one value as KV v2 does."""
    kept = {}

    def script(asked):
        if "/data/" in asked.path or "/metadata/" in asked.path:
            return said["write"] if "write" in said and asked.method == "POST" else keep(asked)
        if asked.path == CAPABILITIES:
            return 200, dict.fromkeys(asked.body["paths"], said.get("capabilities", ["root"]))
        found = {
            HEALTH: said.get("health", (200, OPEN)),
            SELF: said.get("own"),
            ENGINE: said.get("engine", (200, KV2)),
            "/v1/sys/mounts": said.get("mounts", DENIED),
            "/v1/sys/mounts/kv": (204, ""),
        }
        return found.get(asked.path.partition("?")[0])

    def keep(asked):
        if asked.method == "POST":
            kept[asked.path] = asked.body["data"]
            return 200, {"data": {"version": 1}}
        if asked.method == "DELETE":
            return 204, ""
        held = kept.get(asked.path)
        return held and (200, {"data": {"data": held, "metadata": {"version": 1}}})

    return script


def looked(**said):
    with scripted(answering(**said)) as vault:
        return vault.store().check(PLACE)


def bad(found):
    return [each for each in found.findings if each.tone is Tone.BAD]


def test_check__open_vault__tells_its_version_and_every_right():
    found = looked()

    assert found.is_prepared, found
    assert (found.system, found.version) == ("Vault", "1.14.2")
    assert found.latency_ms is not None
    assert "may make the agents' credentials" in {each.what for each in found.findings}


def test_check__sealed__says_to_unseal_and_asks_no_more():
    found = looked(health=(200, {**OPEN, "sealed": True}))

    (finding,) = bad(found)
    assert finding.message == "it is sealed"
    assert "vault operator unseal" in finding.hint
    assert found.version == "1.14.2"


def test_check__not_initialised__says_to_initialise_it():
    found = looked(health=(200, {**OPEN, "initialized": False, "sealed": True}))

    assert "vault operator init" in bad(found)[0].hint


def test_check__token_that_died__says_so_and_never_shows_it():
    with scripted(answering(own=DENIED, health=(200, OPEN))) as vault:
        vault.script = dying(vault.script)
        found = vault.store("token:hunter2").check(PLACE)

    assert "does not accept the token" in bad(found)[0].message
    assert "hunter2" not in str(found)


def dying(script):
    def refuses(asked):
        return DENIED if asked.path == CAPABILITIES else script(asked)

    return refuses


def test_check__nothing_mounted__is_to_be_prepared():
    found = looked(engine=DENIED, mounts=(200, {"data": {"secret/": {"type": "kv"}}}))

    assert found.ok
    assert not found.is_prepared
    assert "vault secrets enable" in found.findings[-1].hint


def test_check__another_engine_there__says_which():
    found = looked(engine=(200, {"data": {"type": "kv", "options": {"version": "1"}}}))

    assert "kv version 1" in bad(found)[0].message


def test_check__writing_refused__says_what_to_allow():
    found = looked(write=DENIED)

    (finding,) = bad(found)
    assert finding.what == "may write"
    assert "acme/production/" in finding.hint


def test_check__no_rights_for_agents__names_the_paths():
    found = looked(capabilities=["read"])

    (finding,) = bad(found)
    assert "sys/policies/acl/vamp-agent" in finding.message


def test_check__no_vault_there__says_so():
    found = looked(health=(200, "<html>hello</html>"))

    assert "no Vault" in bad(found)[0].message


def test_check__nobody_listens__says_to_check_the_address():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        dsn = Dsn.parse(f"vault://127.0.0.1:{port}/kv?tls=off")
        found = VaultStore.from_dsn(dsn, key="token:good").check(PLACE)

    assert not found.ok
    assert "cannot be reached" in found.findings[0].message


def test_prepare__nothing_mounted__enables_version_two():
    with scripted(answering(engine=DENIED, mounts=(200, {"data": {}}))) as vault:
        vault.store().prepare()

    (made,) = [asked for asked in vault.asked if asked.path == "/v1/sys/mounts/kv"]
    assert made.body == {"type": "kv", "options": {"version": "2"}}


def test_prepare__mounted__asks_for_nothing_more():
    with scripted(answering()) as vault:
        vault.store().prepare()

    assert "/v1/sys/mounts/kv" not in vault.paths()


def test_prepare__not_allowed__gives_the_operators_command():
    def script(asked):
        if asked.path == "/v1/sys/mounts/kv":
            return DENIED
        return answering(engine=DENIED, mounts=(200, {"data": {}}))(asked)

    with scripted(script) as vault, pytest.raises(PortRefused, match="vault secrets enable"):
        vault.store().prepare()


@pytest.fixture(scope="module")
def real_mount():
    with fresh_mount() as mount:
        yield mount


@pytest.mark.stack
def test_check__real_vault__tells_its_version_and_rights(real_mount: Mount):
    found = real_mount().check(PLACE)

    assert found.is_prepared, found
    assert found.version.count(".") == 2


@pytest.mark.stack
def test_check__real_vault_with_a_wrong_token__says_so_in_words(real_mount: Mount):
    found = real_mount.opened_with("token:hunter2").check(PLACE)

    assert not found.ok
    assert "token" in bad(found)[0].message
    assert "hunter2" not in str(found)


@pytest.mark.stack
def test_prepare__real_vault_without_the_mount__makes_it(real_mount: Mount):
    from tests.real_vault import operator

    name = f"prepared-{os.getpid()}"
    store = VaultStore.from_dsn(Dsn.parse(url_of(name)), key=f"token:{operator().token}")
    try:
        before = store.check(PLACE)
        store.prepare()
        until_prepared(store)

        assert before.ok
        assert not before.is_prepared
    finally:
        operator().sys.disable_secrets_engine(name)


def until_prepared(store):
    import time

    until = time.monotonic() + 10
    while not store.check(PLACE).is_prepared:
        assert time.monotonic() < until, store.check(PLACE)
        time.sleep(0.1)
