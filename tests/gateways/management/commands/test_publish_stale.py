from __future__ import annotations

import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gateways.haproxy.manifest import Manifest, manifest_key, part_key
from gateways.services.publication import is_stale
from tenants.connections import kv_for
from tests.factories import gateway_with


def publish(*arguments):
    out, err = StringIO(), StringIO()
    try:
        call_command("publish_stale", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), err.getvalue(), error.returncode
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def gateway(environment):
    return gateway_with(environment, {"1.0.0": 10_000})


def test_publish_stale__one_is_stale__publishes_and_names_it_once(environment, gateway):
    assert publish() == ("acme/production/shop\n", "", 0)

    held = kv_for(environment).get(manifest_key("acme", environment.name))
    assert set(Manifest.from_json(held.value).entries) == {"shop"}
    assert publish() == ("", "", 0)


def test_publish_stale__dry_run__names_it_and_writes_nothing(environment, gateway):
    assert publish("--dry-run") == ("acme/production/shop\n", "", 0)

    assert is_stale(environment)
    assert kv_for(environment).get(manifest_key("acme", environment.name)) is None


def test_publish_stale__one_store_does_not_work__others_are_published_and_it_exits_with_1(
    environment, other_environment, gateway, tmp_path
):
    gateway_with(other_environment, {"1.0.0": 10_000})
    (tmp_path / "file").write_text("")
    environment.kv_url = f"file://{tmp_path}/file"
    environment.save()

    _, told, status = publish()

    assert status == 1
    assert told.startswith("acme/production: ")
    assert is_stale(environment)
    assert not is_stale(other_environment)


def test_publish_stale__all_after_the_store_was_lost__it_holds_everything_again(
    environment, gateway, state_folder
):
    publish()
    key = manifest_key("acme", environment.name)
    before = Manifest.from_json(kv_for(environment).get(key).value)
    shutil.rmtree(state_folder / "kv")
    assert publish() == ("", "", 0)
    assert kv_for(environment).get(key) is None

    assert publish("--all") == ("acme/production/shop\n", "", 0)

    after = Manifest.from_json(kv_for(environment).get(key).value)
    assert after.entries["shop"].generation == before.entries["shop"].generation + 1
    assert kv_for(environment).get(part_key("acme", environment.name, "shop")) is not None
    assert not is_stale(environment)
