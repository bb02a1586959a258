from __future__ import annotations

import pytest

from gateways.haproxy.manifest import Manifest, manifest_key, part_key
from gateways.haproxy.part import digest
from gateways.services.drift import mend_drift
from gateways.services.publication import is_stale, publish_stale
from gateways.services.weights import set_weights
from tenants.connections import kv_for
from tests.factories import gateway_with

NAMES = ("shop", "api")


@pytest.fixture
def kv(environment):
    return kv_for(environment)


@pytest.fixture
def published(environment, kv):
    gateways = [
        gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, name=name) for name in NAMES
    ]
    publish_stale(environment, kv)
    return gateways


def manifest(environment, kv):
    return Manifest.from_json(kv.get(manifest_key("acme", environment.name)).value)


def everything(environment, kv):
    return {key: kv.get(key).value for key in kv.keys(f"acme/{environment.name}/gateways")}


def is_whole(environment, kv):
    entries = manifest(environment, kv).entries
    return set(entries) == set(NAMES) and all(
        digest(kv.get(part_key("acme", environment.name, name)).value) == entry.sha256
        for name, entry in entries.items()
    )


def test_mend_drift__all_is_there__asks_once_and_writes_nothing(
    environment, published, kv, django_assert_num_queries
):
    before = everything(environment, kv)

    with django_assert_num_queries(1, using=environment.database):
        assert mend_drift(environment, kv) == 0

    assert everything(environment, kv) == before
    assert not is_stale(environment)


def test_mend_drift__nothing_was_ever_published__reads_nothing(environment, kv):
    gateway_with(environment, {"1.0.0": 10_000})

    assert mend_drift(environment, kv) == 0
    assert everything(environment, kv) == {}


def test_mend_drift__store_is_empty__everything_is_there_again(environment, published, kv):
    for key in everything(environment, kv):
        kv.delete(key)

    assert mend_drift(environment, kv) == 2

    assert is_whole(environment, kv)
    assert mend_drift(environment, kv) == 0


def test_mend_drift__store_is_an_older_copy__what_it_misses_is_published_anew(environment, kv):
    shop = gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})
    publish_stale(environment, kv)
    older = everything(environment, kv)
    newest = set_weights(shop, {"shop-1.0.0": 0, "shop-1.1.0": 10_000}, actor="ana")
    gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0}, name="api")
    publish_stale(environment, kv)
    for key in everything(environment, kv):
        kv.delete(key)
    for key, value in older.items():
        kv.put(key, value)

    assert mend_drift(environment, kv) == 2
    publish_stale(environment, kv)

    assert is_whole(environment, kv)
    assert manifest(environment, kv).entries["shop"].generation > newest.generation
    assert mend_drift(environment, kv) == 0


def test_mend_drift__another_environments_store__is_left_alone(
    environment, other_environment, published, kv
):
    for key in everything(environment, kv):
        kv.delete(key)

    assert mend_drift(other_environment) == 0
    assert everything(environment, kv) == {}
