import logging

import pytest

from tenants.twins import Twins, bring_key
from tests.conftest import KV_KEY
from vamp import wiring
from vamp.ports.errors import PortUnavailable, RevisionConflict

KEY = "acme/production/gateways/manifest"


@pytest.fixture
def stores(tmp_path):
    return [wiring.kv_from_url(f"file://{tmp_path}/{name}", key=KV_KEY) for name in ("new", "old")]


def test_put__in_twins__lies_in_both(stores):
    twins = Twins(*stores)

    revision = twins.put(KEY, "one", expected=0)
    twins.put(KEY, "two", expected=revision)

    assert [store.get(KEY).value for store in stores] == ["two", "two"]
    assert list(twins.keys("acme/production")) == [KEY]
    twins.delete(KEY)
    assert [store.get(KEY) for store in stores] == [None, None]


def test_put__a_rival_was_faster__changes_neither(stores):
    twins = Twins(*stores)
    twins.put(KEY, "one")

    with pytest.raises(RevisionConflict):
        twins.put(KEY, "two", expected=0)

    assert [store.get(KEY).value for store in stores] == ["one", "one"]


def test_put__the_old_store_is_away__is_done_all_the_same(stores, caplog):
    class Away:
        def get(self, key):
            raise PortUnavailable("away")

    with caplog.at_level(logging.WARNING, "tenants"):
        Twins(stores[0], Away()).put(KEY, "one")

    assert stores[0].get(KEY).value == "one"
    assert "store.not_in_step" in caplog.text


def test_bring_key__source_changes_meanwhile__ends_with_the_newest(stores):
    new, old = stores
    new.put(KEY, "one")

    class Slow:
        """Somebody writes the new store between our read and our write."""

        calls = 0

        def get(self, key):
            self.calls += 1
            if self.calls == 2:
                new.put(KEY, "two")
            return new.get(key)

    assert bring_key(KEY, Slow(), old)
    assert old.get(KEY).value == "two"
    assert not bring_key(KEY, new, old)
