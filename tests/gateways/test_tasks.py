from __future__ import annotations

import logging
import time

import pytest

from gateways import tasks
from gateways.haproxy.manifest import Manifest, manifest_key
from gateways.services.publication import is_stale
from tenants.connections import kv_for
from tests.factories import gateway_with


@pytest.fixture
def gateway(environment):
    return gateway_with(environment, {"1.0.0": 10_000})


@pytest.fixture
def broken_store(environment, tmp_path):
    """Point the environment at a store that refuses; return what mends it."""
    (tmp_path / "file").write_text("")
    environment.kv_url = f"file://{tmp_path}/file"
    environment.save()
    return (tmp_path / "file").unlink


def published(environment):
    held = kv_for(environment).get(manifest_key(environment.organisation.name, environment.name))
    return set(Manifest.from_json(held.value).entries) if held else set()


def test_publish__one_is_stale__the_store_holds_it(environment, gateway):
    tasks.publish(environment.pk)

    assert published(environment) == {"shop"}
    assert not is_stale(environment)


def test_publish__twice__changes_nothing_more(environment, gateway):
    key = manifest_key("acme", environment.name)
    tasks.publish(environment.pk)
    before = kv_for(environment).get(key)

    tasks.publish(environment.pk)

    assert kv_for(environment).get(key) == before


def test_publish__environment_is_gone__does_nothing(environment):
    tasks.publish(environment.pk + 1)

    assert published(environment) == set()


def test_publish__store_does_not_work__tries_again_for_a_moment_then_leaves_it_to_the_sweep(
    environment, gateway, broken_store, caplog
):
    begun = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="gateways"):
        tasks.publish(environment.pk)

    assert time.monotonic() - begun >= sum(tasks.RETRIES_S)
    assert [record.getMessage() for record in caplog.records] == ["publication.failed"]
    assert (caplog.records[0].organisation, caplog.records[0].environment) == ("acme", "production")
    assert is_stale(environment)

    broken_store()
    tasks.publish(environment.pk)
    assert not is_stale(environment)


def test_publish_stale__two_environments__asks_only_where_something_is_stale(
    environment, other_environment, gateway, monkeypatch
):
    asked = []
    monkeypatch.setattr(tasks.publish, "apply_async", lambda args, kwargs, **_: asked.append(args))

    tasks.publish_stale()

    assert asked == [(environment.pk,)]


def test_mend_drift__one_store_does_not_work__the_others_are_looked_at(
    environment, other_environment, gateway, broken_store, caplog
):
    gateway_with(other_environment, {"1.0.0": 10_000})
    tasks.publish(other_environment.pk)
    key = manifest_key(other_environment.organisation.name, other_environment.name)
    kv_for(other_environment).delete(key)
    gateway.published_generation = 1
    gateway.save()

    with caplog.at_level(logging.WARNING, logger="gateways"):
        tasks.mend_drift()

    assert published(other_environment) == {"shop"}
    assert "drift.not_looked_at" in [record.getMessage() for record in caplog.records]
