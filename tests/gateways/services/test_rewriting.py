from __future__ import annotations

import pytest

from gateways.services import rewriting
from gateways.services.part_memory import PartMemory
from gateways.services.rewriting import rewrite
from vamp.drivers.kv.file import FileStore
from vamp.ports.errors import RevisionConflict

KEY = "acme/production/gateways/manifest"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr("vamp.rewriting.JITTER_S", (0.0, 0.0))


@pytest.fixture
def kv(tmp_path):
    return FileStore(tmp_path / "kv", master=bytes(32))


def with_(letter):
    def make(held):
        text = held.value if held else ""
        return None if letter in text else text + letter

    return make


def conflicts():
    return rewriting.CONFLICTS._value.get()


def test_rewrite__nothing_there__is_written(kv):
    assert rewrite(PartMemory(), kv, KEY, with_("a"))
    assert kv.get(KEY).value == "a"


def test_rewrite__says_it_already__is_left_alone(kv):
    memory = PartMemory()
    rewrite(memory, kv, KEY, with_("a"))

    assert not rewrite(memory, kv, KEY, with_("a"))
    assert kv.get(KEY).revision == 1


def test_rewrite__remembered_and_lost_since__is_written_again(kv):
    memory = PartMemory()
    rewrite(memory, kv, KEY, with_("a"))
    kv.delete(KEY)

    assert rewrite(memory, kv, KEY, with_("a"))
    assert kv.get(KEY).value == "a"


def test_rewrite__another_wrote_since__keeps_theirs_and_is_no_conflict(kv):
    memory, before = PartMemory(), conflicts()
    rewrite(memory, kv, KEY, with_("a"))
    rewrite(PartMemory(), kv, KEY, with_("b"))

    assert rewrite(memory, kv, KEY, with_("c"))
    assert kv.get(KEY).value == "abc"
    assert conflicts() == before


def test_rewrite__rivals_are_faster_each_time__gives_up_after_so_many(kv, monkeypatch):
    monkeypatch.setattr(rewriting, "MOST_ATTEMPTS", 3)
    rivals = []

    def make(held):
        rivals.append(kv.put(KEY, f"rival {len(rivals)}"))
        return "ours"

    before = conflicts()
    with pytest.raises(RevisionConflict):
        rewrite(PartMemory(), kv, KEY, make)

    assert len(rivals) == 4
    assert conflicts() - before == 3
