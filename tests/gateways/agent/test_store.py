"""What the agent remembers."""

from __future__ import annotations

import os

import pytest

from gateways.agent.places import prepare
from gateways.agent.store import KeptPart, OwnFacts, Store
from gateways.haproxy.manifest import Manifest, ManifestEntry
from gateways.haproxy.part import Part, digest


def kept(name: str, generation: int = 1) -> KeptPart:
    part = Part(name, generation, f"backend {name}:a\n")
    return KeptPart(part, digest(part.to_json()), 7)


def test_store__parts_and_manifest__come_back(tmp_path):
    store = Store(prepare(tmp_path))
    manifest = Manifest({"shop": ManifestEntry(1, "00")}, 80, ("one",))

    store.keep(kept("shop"))
    store.keep(kept("other"))
    store.keep(kept("shop", 2))
    store.forget("other")
    store.keep_manifest(manifest)

    again = Store(prepare(tmp_path))
    assert again.parts() == {"shop": kept("shop", 2)}
    assert again.manifest() == manifest


@pytest.mark.parametrize("is_settled", [True, False])
def test_store__damaged_part__is_left_out(tmp_path, is_settled):
    places = prepare(tmp_path)
    store = Store(places)
    store.keep(kept("shop"))
    store.keep(kept("other"))
    if is_settled:
        store.settle()
    path = places.parts / ("other.json" if is_settled else "other.new")

    path.write_text(path.read_text().replace("other:a", "other:b"))

    assert store.parts() == {"shop": kept("shop")}


def test_store__newest_part_is_lost_with_the_power__the_settled_one_comes_back(tmp_path):
    places = prepare(tmp_path)
    store = Store(places)
    store.keep(kept("shop"))
    store.settle()
    store.keep(kept("shop", 2))
    os.truncate(places.parts / "shop.new", 0)

    again = Store(places)
    found = again.parts()
    again.settle()

    assert found == Store(places).parts() == {"shop": kept("shop")}


def test_store__part_not_settled_by_the_agent_before__is_settled_by_the_next(tmp_path):
    places = prepare(tmp_path)
    Store(places).keep(kept("shop"))

    again = Store(places)
    assert again.parts() == {"shop": kept("shop")}
    again.settle()

    assert [path.name for path in places.parts.iterdir()] == ["shop.json"]
    assert again.parts() == {"shop": kept("shop")}


def test_store__forgotten_before_it_is_settled__stays_forgotten(tmp_path):
    places = prepare(tmp_path)
    store = Store(places)
    store.keep(kept("shop"))
    store.settle()
    store.keep(kept("shop", 2))

    store.forget("shop")
    store.settle()

    assert list(places.parts.iterdir()) == []


def test_store__nothing_there__begins_with_a_secret_of_its_own(tmp_path):
    store = Store(prepare(tmp_path))
    facts = store.own_facts()

    store.keep_own_facts(facts)

    assert len(facts.probe_secret) >= 32
    assert store.own_facts() == facts
    assert (store.manifest(), store.parts(), store.running()) == (None, {}, (0, ""))


def test_store__worker__is_remembered(tmp_path):
    store = Store(prepare(tmp_path))

    store.keep_running(4711, "abc")

    assert store.running() == (4711, "abc")


def test_store__agent_ends_suddenly__the_next_is_told(tmp_path):
    store = Store(prepare(tmp_path))

    first = store.begin()
    second = store.begin()
    store.end()
    third = store.begin()

    assert (first, second, third) == (True, False, True)


def test_own_facts__file_of_another_version__begins_anew(tmp_path):
    places = prepare(tmp_path)
    (places.state / "agent.json").write_text('{"surprise": 1}')

    assert isinstance(Store(places).own_facts(), OwnFacts)
