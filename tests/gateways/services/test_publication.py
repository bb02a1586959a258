import pytest

from gateways.haproxy.manifest import Manifest, manifest_key, part_key
from gateways.haproxy.part import Part, digest
from gateways.models import Gateway
from gateways.services import publication
from gateways.services.definition import remove_gateway
from gateways.services.discovery import reconcile
from gateways.services.publication import (
    is_stale,
    publish_stale,
    republish_manifest,
    request_publication,
)
from gateways.services.weights import set_weights
from tenants.connections import kv_for
from tests.factories import gateway_with
from tests.gateways.observing import snapshot
from vamp.models import OutboxEvent
from vamp.ports.errors import PortUnavailable, RevisionConflict


def manifest_of(environment):
    held = kv_for(environment).get(manifest_key("acme", environment.name))
    return Manifest.from_json(held.value)


def part_of(environment, name="shop"):
    return kv_for(environment).get(part_key("acme", environment.name, name))


@pytest.fixture
def gateway(environment):
    reconcile(environment, snapshot(("shop", "1.0.0", 2), ("shop", "1.1.0", 1)))
    return gateway_with(environment, {"1.0.0": 10_000, "1.1.0": 0})


def test_publish_stale__new_gateway__part_and_manifest_agree(environment, gateway):
    published = publish_stale(environment)

    assert published == 1
    entry = manifest_of(environment).entries["shop"]
    text = part_of(environment).value
    assert entry.generation == Part.from_json(text).generation == gateway.generation
    assert entry.sha256 == digest(text)
    assert not is_stale(environment)
    assert len(Part.from_json(text).servers) == 2


def test_publish_stale__twice__writes_once(environment, gateway):
    publish_stale(environment)

    publish_stale(environment)

    assert part_of(environment).revision == 1


def test_publish_stale__weights_changed__sections_stay(environment, gateway):
    publish_stale(environment)
    before = Part.from_json(part_of(environment).value)

    set_weights(gateway, {"shop-1.0.0": 5_000, "shop-1.1.0": 5_000}, actor="ana")
    publish_stale(environment)

    after = Part.from_json(part_of(environment).value)
    assert after.sections == before.sections
    assert after.layouts != before.layouts


class RacingStore:
    """A store in which a rival acts once, between our read of a part and our write."""

    def __init__(self, store, rival):
        self._store, self._rival = store, rival

    def __getattr__(self, name):
        return getattr(self._store, name)

    def get(self, key):
        found = self._store.get(key)
        if self._rival and "/parts/" in key:
            rival, self._rival = self._rival, None
            rival()
        return found


def test_publish_stale__rival_publishes_newer_midway__newer_part_stays(environment, gateway):
    publish_stale(environment)
    request_publication(gateway, actor="ana")

    def rival():
        set_weights(gateway, {"shop-1.0.0": 5_000, "shop-1.1.0": 5_000}, actor="bo")
        publish_stale(environment)

    kv = RacingStore(kv_for(environment), rival)
    with_conflict = None
    try:
        publish_stale(environment, kv=kv)
    except RevisionConflict as error:
        with_conflict = error

    publish_stale(environment)
    newest = Gateway.objects.in_environment(environment).get()
    assert with_conflict is None or "revision" in str(with_conflict)
    assert Part.from_json(part_of(environment).value).generation == newest.generation
    assert manifest_of(environment).entries["shop"].generation == newest.generation
    assert newest.is_published


class SilentStore:
    """A store that does not answer."""

    def get(self, key):
        raise PortUnavailable("silent")


def test_publish_stale__store_is_silent__stays_stale_and_a_repeat_mends_it(environment, gateway):
    with pytest.raises(PortUnavailable):
        publish_stale(environment, kv=SilentStore())
    assert is_stale(environment)

    publish_stale(environment)

    assert not is_stale(environment)


def test_publish_stale__removed__manifest_part_and_row_go(environment, gateway):
    publish_stale(environment)
    remove_gateway(gateway, actor="ana")

    publish_stale(environment)

    assert manifest_of(environment).entries == {}
    assert part_of(environment) is None
    assert not Gateway.objects.in_environment(environment).exists()


def test_publish_stale__many__queries_do_not_grow_with_gateways(environment):
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    reconcile(environment, snapshot(("shop", "1.0.0", 1)))
    gateway_with(environment, {"1.0.0": 10_000}, name="first")
    publish_stale(environment)  # the first manifest wants one more: is there anything else?
    counts = []
    for size in (1, 10):
        for number in range(size):
            gateway_with(environment, {"1.0.0": 10_000}, name=f"g{size}-{number}")
        with CaptureQueriesContext(connections[environment.database]) as queries:
            publish_stale(environment)
        reads = [query for query in queries if query["sql"].startswith("SELECT")]
        counts.append(len(reads))

    assert counts[0] == counts[1]


def test_publish_stale__one_is_named_first__all_that_is_stale_is_published(environment, gateway):
    gateway_with(environment, {"1.0.0": 10_000}, name="cart")

    published = publish_stale(environment, first=["cart"])

    assert published == 2
    assert manifest_of(environment).entries.keys() == {"shop", "cart"}


def test_publish_stale__named_first_and_not_stale__is_left_alone(environment, gateway):
    publish_stale(environment)
    told = OutboxEvent.objects.using(environment.database).count()

    assert publish_stale(environment, first=["shop", "unknown"]) == 0

    assert part_of(environment).revision == 1
    assert OutboxEvent.objects.using(environment.database).count() == told


class ReadStore:
    """A store that notes what was read of it."""

    def __init__(self, store):
        self._store, self.read = store, []

    def get(self, key):
        self.read.append(key)
        return self._store.get(key)

    def __getattr__(self, name):
        return getattr(self._store, name)


class WrittenStore(ReadStore):
    """A store that notes what was written to it as well."""

    def __init__(self, store):
        super().__init__(store)
        self.written = []

    def put(self, key, value, **more):
        revision = self._store.put(key, value, **more)
        self.written.append((key, value))
        return revision


def change(gateway, share):
    return set_weights(gateway, {"shop-1.0.0": share, "shop-1.1.0": 10_000 - share}, actor="ana")


def test_publish_stale__manifest_that_we_wrote_last__is_not_read_again(environment, gateway):
    kv = ReadStore(kv_for(environment))
    publish_stale(environment, kv)
    kv.read.clear()

    newest = change(gateway, 5_000)
    publish_stale(environment, kv)

    assert kv.read == []
    assert manifest_of(environment).entries["shop"].generation == newest.generation


def test_publish_stale__manifest_written_by_another_since__is_read_and_both_stay(
    environment, gateway
):
    ours, theirs = (ReadStore(kv_for(environment)) for _ in range(2))
    publish_stale(environment, ours)
    gateway_with(environment, {"1": 10_000}, name="api")
    publish_stale(environment, theirs)
    ours.read.clear()

    newest = change(gateway, 5_000)
    publish_stale(environment, ours)

    entries = manifest_of(environment).entries
    assert {name: entry.generation for name, entry in entries.items()} == {
        "api": 1, "shop": newest.generation,
    }  # fmt: skip
    assert set(ours.read) == {manifest_key("acme", environment.name)}


def lose_everything(environment):
    kv = kv_for(environment)
    for key in kv.keys(f"acme/{environment.name}/gateways"):
        kv.delete(key)


@pytest.fixture
def both_published(environment, gateway):
    gateway_with(environment, {"1": 10_000}, name="api")
    publish_stale(environment)


def test_publish_stale__store_was_lost__manifest_has_every_gateway_with_its_part(
    environment, gateway, both_published
):
    lose_everything(environment)

    newest = change(gateway, 5_000)
    publish_stale(environment)

    entries = manifest_of(environment).entries
    assert {name: entry.generation for name, entry in entries.items()} == {
        "api": 1, "shop": newest.generation,
    }  # fmt: skip
    for name, entry in entries.items():
        assert digest(part_of(environment, name).value) == entry.sha256


def test_publish_stale__store_was_lost__nobody_ever_sees_a_manifest_without_the_others(
    environment, gateway, both_published, monkeypatch
):
    lose_everything(environment)
    monkeypatch.setattr(publication, "BATCH", 1)
    kv = WrittenStore(kv_for(environment))

    change(gateway, 5_000)
    publish_stale(environment, kv)

    key = manifest_key("acme", environment.name)
    manifests = [Manifest.from_json(value) for written, value in kv.written if written == key]
    assert [sorted(manifest.entries) for manifest in manifests] == [["api", "shop"]]
    assert kv.written[-1][0] == key  # parts first


def test_republish_manifest__store_was_lost__every_gateway_is_in_it(environment, both_published):
    lose_everything(environment)

    republish_manifest(environment)

    entries = manifest_of(environment).entries
    assert sorted(entries) == ["api", "shop"]
    assert digest(part_of(environment, "api").value) == entries["api"].sha256


def test_publish_stale__store_was_lost__one_that_goes_is_not_made_anew(
    environment, gateway, both_published
):
    lose_everything(environment)

    remove_gateway(gateway, actor="ana")
    publish_stale(environment)

    assert sorted(manifest_of(environment).entries) == ["api"]
    assert part_of(environment) is None


def test_republish_manifest__nothing_is_new__writes_nothing(environment, gateway):
    kv = kv_for(environment)
    publish_stale(environment, kv)
    before = kv.get(manifest_key("acme", environment.name))

    republish_manifest(environment, kv)

    assert kv.get(manifest_key("acme", environment.name)) == before
