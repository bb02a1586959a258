"""The installation's key: made once, signs, and is shown nowhere."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vamp.audit.signing import (
    FRESH_S,
    KEYS,
    KeyRing,
    Keys,
    KeysUnreadable,
    checkpoint_statement,
    gap_statement,
    store,
)
from vamp.ports.errors import PortUnavailable


def test_keys__signature__is_ours_for_that_statement_alone(now):
    keys = Keys.new()
    statement = checkpoint_statement("default", 3, "ab", now)
    signature = keys.sign(statement)

    def has_signed(said, key_id=keys.current, by=signature):
        return keys.has_signed(said, key_id=key_id, signature=by)

    assert has_signed(statement)
    assert not has_signed(checkpoint_statement("dedicated", 3, "ab", now))
    assert not has_signed(checkpoint_statement("default", 4, "ab", now))
    assert not has_signed(gap_statement("default", 3, 3, "ab", "ab", now))
    assert not has_signed(statement, key_id="unknown")
    assert not has_signed(statement, by="no base64!")
    assert not Keys.new().has_signed(statement, key_id=keys.current, signature=signature)


def test_public__given_to_an_auditor__verifies(now):
    keys = Keys.new()
    statement = checkpoint_statement("default", 3, "ab", now)

    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(keys.public()))

    public.verify(base64.b64decode(keys.sign(statement)), statement)


def test_keys__repr__shows_no_key():
    keys = Keys.new()

    assert base64.b64encode(keys.private[keys.current]).decode() in keys.to_json()
    assert str(keys.private) not in repr(keys)


def test_ring__two_processes__agree_on_one_key(environment):
    one, other = KeyRing(), KeyRing()

    assert one.keys() == other.keys()
    assert Keys.from_json(store().get(KEYS).value) == one.keys()


def test_ring__rival_was_first__takes_the_rivals(environment, monkeypatch):
    kv = store()
    rivals = Keys.new()

    class Slow:
        def get(self, key):
            found = kv.get(key)
            if found is None:
                kv.put(key, rivals.to_json(), expected=0)
            return found

        put = kv.put

    monkeypatch.setattr("vamp.audit.signing.store", Slow)

    assert KeyRing().keys() == rivals


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"current": "a", "private": {}}', '{"current": "a", "private": {"a": "AA=="}}']
)  # fmt: skip
def test_keys__text_that_is_not_ours__is_refused_and_not_repeated(text):
    with pytest.raises(KeysUnreadable, match="holds no keys"):
        Keys.from_json(text)


class Time:
    """Seconds that the test lets pass."""

    def __init__(self):
        self.s = 0.0

    def __call__(self):
        return self.s


def test_ring__keys_turned_over_elsewhere__are_read_after_a_while(environment):
    time = Time()
    ring = KeyRing(time)
    before = ring.keys()
    after = before.turned(Keys.new(), "2026-03-01T00:00:00+00:00")
    store().put(KEYS, after.to_json())

    time.s = FRESH_S - 1
    assert ring.keys() == before
    time.s = FRESH_S
    assert ring.keys() == after


def test_ring__store_away_or_without_keys__goes_on_with_those_it_has(environment, monkeypatch):
    time = Time()
    ring = KeyRing(time)
    held = ring.keys()

    class Away:
        def get(self, key):
            raise PortUnavailable("away")

    class Empty:
        def get(self, key):
            return None

    for found in (Away, Empty):
        time.s += FRESH_S
        monkeypatch.setattr("vamp.audit.signing.store", found)
        assert ring.keys() == held


def test_keys__turned__verify_what_the_old_ones_signed_and_sign_with_the_new(now):
    old, new = Keys.new(), Keys.new()
    statement = checkpoint_statement("default", 3, "ab", now)
    signature = old.sign(statement)

    turned = Keys.from_json(old.turned(new, "2026-03-01T00:00:00+00:00").to_json())

    assert turned.has_signed(statement, key_id=old.current, signature=signature)
    assert new.has_signed(statement, key_id=new.current, signature=turned.sign(statement))
    assert base64.b64encode(old.private[old.current]).decode() not in turned.to_json()
    assert turned.public(old.current) == old.public()
    dropped = turned.without_retired([old.current])
    assert not dropped.has_signed(statement, key_id=old.current, signature=signature)


def test_keys__from_before_there_were_retired_ones__are_read():
    made = Keys.new()
    private = {made.current: base64.b64encode(made.private[made.current]).decode()}

    found = Keys.from_json(json.dumps({"current": made.current, "private": private}))

    assert found == made
