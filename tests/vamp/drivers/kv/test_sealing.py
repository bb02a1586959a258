from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.drivers.kv.sealing import Keyring, agent_key, namespace_key, parse_key
from vamp.errors import Invalid
from vamp.ports.errors import PortRefused
from vamp.ports.kv import Entry

MASTER = bytes(range(32))
KEY = "acme/production/environment"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200), st.integers(1, 2**63))
def test_open__what_was_sealed__comes_back(value: str, revision: int) -> None:
    keyring = Keyring(master=MASTER, namespace_keys={})
    encoded = value.encode("utf-8", "replace")

    sealed = keyring.seal(KEY, revision=revision, value=encoded)

    assert keyring.open(KEY, sealed) == Entry(encoded.decode(), revision)
    assert keyring.seal(KEY, revision=revision, value=encoded) != sealed


def test_open__another_master_or_key__is_refused() -> None:
    sealed = Keyring(master=MASTER, namespace_keys={}).seal(KEY, revision=1, value=b"x")

    with pytest.raises(PortRefused, match="does not open"):
        Keyring(master=bytes(32), namespace_keys={}).open(KEY, sealed)
    with pytest.raises(PortRefused, match="does not open"):
        Keyring(master=MASTER, namespace_keys={}).open(KEY + "2", sealed)


def test_namespace_key__each_namespace__has_its_own() -> None:
    names = ["acme", "acme/production", "acme/staging", "acme2", "other/production"]

    keys = {namespace_key(MASTER, name) for name in names}

    assert len(keys) == len(names)
    assert {len(key) for key in keys} == {32}


def test_parse_key__agents_key__opens_what_the_master_sealed() -> None:
    sealed = Keyring(master=MASTER, namespace_keys={}).seal(KEY, revision=1, value=b"x")

    master, keys = parse_key(agent_key(MASTER, "acme", "production") + "\n")

    assert master is None
    assert Keyring(master=None, namespace_keys=keys).open(KEY, sealed).value == "x"


def test_parse_key__master__is_itself() -> None:
    assert parse_key(base64.b64encode(MASTER).decode()) == (MASTER, {})


def test_parse_key__environments_key_of_wrong_length__is_refused() -> None:
    with pytest.raises(Invalid, match="environment's key"):
        parse_key("env:acme/production:" + base64.b64encode(bytes(33)).decode())


def test_keyring__keys_too_short__are_refused() -> None:
    with pytest.raises(PortRefused, match="shorter"):
        Keyring(master=b"short", namespace_keys={})
    with pytest.raises(PortRefused, match="32 bytes"):
        Keyring(master=None, namespace_keys={"acme/production": b"short"})
