"""Deleting what embedded stores cannot show: Vault's roles, JetStream's streams, Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import hvac
import pytest
from django.utils import timezone

from tenants.connections import kv_for, lines_for, metrics_for, namespaces, stream_of
from tenants.models import Deletion, Environment
from tenants.services.deletion import delete_environment, delete_organisation
from tenants.services.deletion_preview import preview_of
from tenants.services.deletion_run import continue_deletion
from tenants.services.namespaces import set_secret
from tests.conftest import DATABASES
from tests.factories import ACTOR, environment_in
from tests.real_vault import Mount, fresh_mount, operator
from tests.rivals import wait_until
from tests.tenants.test_tasks import rollup
from tests.vamp.drivers.elasticsearch.server import Space
from tests.vamp.drivers.events.nats_server import NatsServer, running
from vamp import streams
from vamp.drivers.events.jetstream import JetStream
from vamp.ports.errors import PortError
from vamp.ports.events import Message
from vamp.ports.lines import RawLine
from vamp.wiring import kv_from_url
from vamp.wiring_of_agent_keys import kv_agent_key

pytestmark = [pytest.mark.stack, pytest.mark.django_db(databases=DATABASES)]


@pytest.fixture(scope="module")
def mount() -> Iterator[Mount]:
    with fresh_mount() as made:
        yield made


def on_vault(mount: Mount, name: str) -> Environment:
    """An environment with a store of its own in Vault, and something in it."""
    environment = environment_in("default", name=name, kv_url=mount.url)
    set_secret(environment, "kv", mount.key, actor=ACTOR)
    kv_for(environment).put(f"acme/{name}/gateways/manifest", "{}")
    return environment


def agent_key(mount: Mount, environment: Environment) -> str:
    return kv_agent_key(mount.url, key=mount.key, organisation="acme", environment=environment.name)


def test_deletion__on_vault__agents_are_locked_out_and_the_subtree_is_gone(mount):
    one, other = on_vault(mount, "production"), on_vault(mount, "staging")
    key, others = agent_key(mount, one), agent_key(mount, other)
    ours = kv_from_url(mount.url, key=key)
    assert ours.get("acme/production/gateways/manifest") is not None
    policies = set(operator().sys.list_policies()["data"]["policies"])

    assert continue_deletion(delete_environment(one, confirm="production", actor="root").pk)

    assert mount().keys("acme/production") == []
    assert mount().keys("acme/staging") != []
    for store in (ours, kv_from_url(mount.url, key=key)):
        with pytest.raises(PortError):
            store.get("acme/production/gateways/manifest")
    gone = policies - set(operator().sys.list_policies()["data"]["policies"])
    assert len(gone) == 1
    with pytest.raises(hvac.exceptions.InvalidPath):
        operator().auth.approle.read_role(gone.pop())
    theirs = kv_from_url(mount.url, key=others)
    assert theirs.get("acme/staging/gateways/manifest") is not None


def test_deletion__on_elasticsearch__indices_are_seen_before_and_gone_after():
    with Space.of_its_own() as space:
        one = environment_in("default", metrics_url=space.url)
        other = environment_in("default", name="staging", metrics_url=space.url)
        now = timezone.now()
        for environment in (one, other):
            metrics_for(environment).write([rollup(timedelta(hours=1)), rollup(timedelta(days=3))])
            at_ms = int(now.timestamp() * 1000)
            lines = lines_for(environment)
            assert lines is not None
            lines.write([RawLine(at_ms, b"a/b/1", b'{"at":%d,"gateways":["shop"]}' % at_ms)])
        before = set(space.indices())
        seen = preview_of(one)["indices"]
        assert len(seen) >= 3
        assert all("-acme-production-" in name for name in seen)

        assert continue_deletion(delete_environment(one, confirm="production", actor="root").pk)

        assert set(space.indices()) == before - set(seen)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with running(tmp_path / "nats") as started:
        yield started
        opened = streams.opened(streams.Stream(started.url), "")
        assert isinstance(opened, JetStream)
        opened.close()


def said(environment: Environment, number: int) -> Message:
    return Message(
        id=f"default:{number}",
        subject=f"vamp.acme.{environment.name}.gateways.gateway.changed",
        payload={"gateway": "shop"},
        position=number,
        emitted_at=timezone.now(),
    )


def stored(environment: Environment) -> list[int]:
    stream = streams.opened(stream_of(environment), "")
    subject = f"vamp.acme.{environment.name}.>"
    return [each.position for each in stream.replay(after=0, subject=subject, limit=100)]


def test_deletion__on_nats__its_subjects_are_purged_and_others_stay(server):
    one = environment_in("default", events_url=server.url)
    other = environment_in("default", name="staging", events_url=server.url)
    stream = streams.opened(stream_of(one), "")
    stream.publish([said(one, 1), said(other, 2), said(one, 3)])
    dead = next(
        each
        for each in stream.fetch("gateways", limit=10, timeout_s=2)
        if each.subject == said(one, 1).subject
    )
    stream.reject("gateways", dead, error="no")

    deletion = delete_environment(one, confirm="production", actor="root")
    assert continue_deletion(deletion.pk)

    assert stored(one) == []
    assert stored(other) == [2]
    deletion.refresh_from_db()
    assert "until they are revoked: its server is not the installation's own" in deletion.remains[0]


def test_deletion__nats_is_away__waits_and_goes_on_once_it_is_back(server):
    one = environment_in("default", events_url=server.url)
    streams.opened(stream_of(one), "").publish([said(one, 1)])
    server.kill()
    deletion = delete_environment(one, confirm="production", actor="root")

    assert not continue_deletion(deletion.pk)

    deletion.refresh_from_db()
    assert (deletion.step, bool(deletion.waits_for)) == ("events", True)
    server.start()
    wait_until(lambda: continue_deletion(deletion.pk), "the deletion is over", pause_s=0.2)


def test_deletion__of_an_organisation_with_a_server_of_its_own__its_stream_goes(server):
    one = environment_in("default")
    one.organisation.events_url = server.url
    one.organisation.save()
    stream = streams.opened(stream_of(one), "")
    stream.publish([said(one, 1)])
    deletion = delete_organisation(one.organisation, confirm="acme", actor="root")

    for _ in range(4):
        for pk in Deletion.objects.running().order_by("running").values_list("pk", flat=True):
            continue_deletion(pk)

    deletion.refresh_from_db()
    assert deletion.finished_at
    assert list(stream.replay(after=0, subject="vamp.acme.>", limit=10)) == []
    assert namespaces.document(one).secrets == {}
