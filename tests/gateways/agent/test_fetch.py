"""What is read from the store, and what is made of what cannot be used."""

from __future__ import annotations

import pytest

from gateways.agent import fetch
from gateways.agent.agent import SystemClock
from gateways.agent.faults import Faults
from gateways.agent.fetch import Fetcher
from gateways.haproxy.manifest import Manifest, ManifestEntry, manifest_key, part_key
from gateways.haproxy.part import Part, digest
from tests.gateways.agent.rig import MASTER, PLACE, Outage, Publisher


class Reads(Outage):
    """Counts what is read."""

    def __init__(self, folder) -> None:
        super().__init__(folder, master=MASTER)
        self.reads: list[str] = []

    def get(self, key: str):
        self.reads.append(key)
        return super().get(key)


class Setting:
    def __init__(self, folder) -> None:
        self.publisher = Publisher(folder, shared_port=80)
        self.kv = Reads(folder)
        self.faults = Faults(SystemClock())
        self.fetcher = Fetcher(
            self.kv, self.faults, organisation=PLACE[0], environment=PLACE[1], known={}
        )

    def generations(self) -> dict[str, int]:
        wanted = self.fetcher.fetch()
        assert wanted is not None
        return {name: found.part.generation for name, found in wanted.parts.items()}

    def messages(self) -> dict[str, str]:
        return {fault.gateway: fault.message for fault in self.faults.present()}


@pytest.fixture
def setting(tmp_path) -> Setting:
    found = Setting(tmp_path)
    found.publisher.publish(Part("shop", 1, "a"), Part("other", 1, "b"))
    return found


def test_fetch__one_part_changes__reads_only_that(setting):
    before = setting.generations()
    setting.kv.reads.clear()

    setting.publisher.publish(Part("shop", 2, "a"))

    assert (before, setting.generations()) == ({"shop": 1, "other": 1}, {"shop": 2, "other": 1})
    assert setting.kv.reads == [manifest_key(*PLACE), part_key(*PLACE, "shop")]


def test_fetch__nothing_changes__reads_the_manifest_alone(setting):
    first = setting.fetcher.fetch()
    setting.kv.reads.clear()

    assert setting.fetcher.fetch() is first
    assert setting.kv.reads == [manifest_key(*PLACE)]


def test_fetch__part_is_newer_than_the_manifest__waits_for_the_manifest(setting):
    setting.generations()
    setting.publisher.kv.put(part_key(*PLACE, "shop"), Part("shop", 2, "a").to_json())

    assert setting.generations() == {"shop": 1, "other": 1}
    assert setting.messages() == {}


def test_fetch__part_is_missing__keeps_the_present_and_says_so(setting):
    setting.generations()
    setting.publisher.publish(Part("shop", 2, "a"))
    setting.publisher.kv.delete(part_key(*PLACE, "shop"))

    assert setting.generations() == {"shop": 1, "other": 1}
    assert "is not there" in setting.messages()["shop"]

    setting.publisher.publish(Part("shop", 3, "a"))
    assert setting.generations() == {"shop": 3, "other": 1}
    assert setting.messages() == {}


def test_fetch__part_of_a_newer_format__keeps_the_present_and_says_so(setting):
    setting.generations()
    part = Part("shop", 2, "a")
    newer = part.to_json().replace('"format":1', '"format":2')
    setting.publisher.publish(part)
    setting.publisher.kv.put(part_key(*PLACE, "shop"), newer)

    setting.generations()

    assert "not the one that the manifest lists" in setting.messages()["shop"]


def test_fetch__gateway_is_withdrawn__is_gone_with_its_fault(setting):
    setting.publisher.publish(Part("shop", 2, "a"))
    setting.publisher.kv.delete(part_key(*PLACE, "shop"))
    setting.generations()

    setting.publisher.withdraw("shop")

    assert setting.generations() == {"other": 1}
    assert setting.messages() == {}


@pytest.mark.parametrize("trouble", ["down", "nothing", "torn"])
def test_fetch__store_cannot_say__is_none_and_a_fault(setting, trouble):
    setting.generations()
    if trouble == "down":
        setting.kv.is_down = True
    elif trouble == "nothing":
        setting.publisher.kv.delete(manifest_key(*PLACE))
    else:
        setting.publisher.kv.put(manifest_key(*PLACE), "torn")

    assert setting.fetcher.fetch() is None
    assert list(setting.messages()) == [""]

    setting.kv.is_down = False
    setting.publisher.publish_manifest()
    assert setting.generations() == {"shop": 1, "other": 1}
    assert setting.messages() == {}


def listed(setting, gateway: str = "shop") -> ManifestEntry:
    """What the manifest in the store says of a gateway."""
    text = setting.kv.get(manifest_key(*PLACE)).value
    return Manifest.from_json(text).entries[gateway]


def test_fetch_hinted__a_newer_part__is_read_without_the_manifest(setting):
    setting.generations()
    setting.publisher.publish(Part("shop", 2, "a"))
    entry = listed(setting)
    setting.kv.reads.clear()

    found = setting.fetcher.fetch_hinted({"shop": entry})

    assert {name: each.part.generation for name, each in found.parts.items()} == {
        "shop": 2,
        "other": 1,
    }
    assert found.manifest.entries["shop"] == entry
    assert setting.kv.reads == [part_key(*PLACE, "shop")]
    assert setting.generations() == {"shop": 2, "other": 1}
    assert setting.kv.reads == [part_key(*PLACE, "shop"), manifest_key(*PLACE)]


def test_fetch_hinted__an_old_hint__changes_nothing_and_reads_nothing(setting):
    old = listed(setting)
    setting.publisher.publish(Part("shop", 2, "a"))
    setting.generations()
    setting.kv.reads.clear()

    found = setting.fetcher.fetch_hinted({"shop": old})

    assert found.parts["shop"].part.generation == 2
    assert found.manifest.entries["shop"].generation == 2
    assert setting.kv.reads == []


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"removed-meanwhile": ManifestEntry(9, "x")},
        {"shop": ManifestEntry(1, "same generation, another text")},
        {"shop": ManifestEntry(7, "a part that is not in the store")},
    ],
    ids=["names-none", "not-listed", "same-generation", "another-text"],
)
def test_fetch_hinted__what_it_cannot_tell__the_manifest_must(setting, entries):
    setting.generations()

    assert setting.fetcher.fetch_hinted(entries) is None
    assert setting.generations() == {"shop": 1, "other": 1}


def test_fetch_hinted__nothing_known_yet__the_manifest_must(setting):
    assert setting.fetcher.fetch_hinted({"shop": listed(setting)}) is None


def test_fetch_hinted__store_is_away__the_manifest_must(setting):
    setting.generations()
    setting.publisher.publish(Part("shop", 2, "a"))
    entry = listed(setting)
    setting.kv.is_down = True

    assert setting.fetcher.fetch_hinted({"shop": entry}) is None


def publish_part_alone(setting, part):
    """Write a part as the control plane does before it writes the manifest; return its entry."""
    text = part.to_json()
    setting.publisher.kv.put(part_key(*PLACE, part.gateway), text)
    return ManifestEntry(part.generation, digest(text))


def test_fetch__hint_was_quicker_than_the_manifest__stays_at_the_newer_part(setting):
    setting.generations()
    entry = publish_part_alone(setting, Part("shop", 2, "a"))
    setting.fetcher.fetch_hinted({"shop": entry})

    setting.publisher.publish(Part("other", 2, "b"))  # whose manifest lists the old part of shop

    assert setting.generations() == {"shop": 2, "other": 2}
    assert setting.messages() == {}
    setting.publisher.entries["shop"] = entry
    setting.publisher.publish_manifest()
    assert setting.generations() == {"shop": 2, "other": 2}


def test_fetch__manifest_stays_behind_a_hint__holds_in_the_end(setting, monkeypatch):
    monkeypatch.setattr(fetch, "AHEAD_S", 0.0)
    setting.generations()
    before = setting.publisher.kv.get(part_key(*PLACE, "shop")).value
    setting.fetcher.fetch_hinted({"shop": publish_part_alone(setting, Part("shop", 9, "a"))})

    setting.publisher.kv.put(part_key(*PLACE, "shop"), before)  # made anew, counting from 1
    setting.publisher.publish(Part("other", 2, "b"))

    assert setting.generations() == {"shop": 1, "other": 2}
