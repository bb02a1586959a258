from __future__ import annotations

import pytest

from gateways.services.part_memory import PartMemory
from vamp.drivers.kv.file import FileStore
from vamp.ports.errors import RevisionConflict
from vamp.ports.kv import Entry

KEY = "acme/production/gateways/parts/shop"


class Counting(FileStore):
    """A store that counts its reads."""

    reads = 0

    def get(self, key):
        self.reads += 1
        return super().get(key)


@pytest.fixture
def kv(tmp_path):
    return Counting(tmp_path / "kv", master=bytes(32))


@pytest.fixture
def memory():
    return PartMemory()


def test_held__never_written__is_read(memory, kv):
    assert memory.held(kv, KEY) is None
    assert kv.reads == 1


def test_held__written_by_us__is_not_read(memory, kv):
    memory.put(kv, KEY, "one", None)

    assert memory.held(kv, KEY) == Entry("one", 1)
    assert kv.reads == 0


def test_put__a_rival_wrote_meanwhile__conflicts_and_is_read_the_next_time(memory, kv):
    memory.put(kv, KEY, "one", None)
    kv.put(KEY, "a rival's")

    with pytest.raises(RevisionConflict):
        memory.put(kv, KEY, "two", memory.held(kv, KEY))

    assert memory.held(kv, KEY) == Entry("a rival's", 2)
    memory.put(kv, KEY, "two", memory.held(kv, KEY))
    assert kv.get(KEY) == Entry("two", 3)


def test_put__a_rival_wrote_the_very_same__is_done(memory, kv):
    memory.put(kv, KEY, "one", None)
    before = memory.held(kv, KEY)
    kv.put(KEY, "two")

    memory.put(kv, KEY, "two", before)

    assert memory.held(kv, KEY) == kv.get(KEY) == Entry("two", 2)


def test_put__store_lost_everything__is_written_anew(memory, kv):
    memory.put(kv, KEY, "one", None)
    kv.delete(KEY)

    with pytest.raises(RevisionConflict):
        memory.put(kv, KEY, "two", memory.held(kv, KEY))
    memory.put(kv, KEY, "two", memory.held(kv, KEY))

    assert kv.get(KEY).value == "two"


def test_held__another_store__is_not_mixed_up(memory, kv, tmp_path):
    memory.put(kv, KEY, "one", None)

    assert memory.held(FileStore(tmp_path / "other", master=bytes(32)), KEY) is None


def test_put__very_many__forgets_the_oldest(kv):
    memory = PartMemory(2)
    for number in range(3):
        memory.put(kv, f"{KEY}-{number}", "x", None)

    for number in range(3):
        memory.held(kv, f"{KEY}-{number}")

    assert kv.reads == 1


def test_forget__of_a_store__its_entries_are_read_again_and_others_are_not(memory, kv, tmp_path):
    other = Counting(tmp_path / "other", master=bytes(32))
    for each in (kv, other):
        memory.put(each, KEY, "one", None)

    memory.forget(kv)

    assert memory.held(kv, KEY).value == memory.held(other, KEY).value == "one"
    assert (kv.reads, other.reads) == (1, 0)
