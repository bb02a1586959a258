from __future__ import annotations

import pytest

from vamp import rewriting
from vamp.drivers.kv.file import FileStore
from vamp.ports.errors import RevisionConflict
from vamp.rewriting import rewrite

KEY = "acme/production/environment"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(rewriting, "JITTER_S", (0.0, 0.0))


@pytest.fixture
def kv(tmp_path):
    return FileStore(tmp_path / "kv", master=bytes(32))


def after(rivals, kv):
    """Make a text; the first so many times a rival writes before it is written."""
    made = []

    def make(held):
        made.append(held.value if held else "")
        if len(made) <= rivals:
            kv.put(KEY, f"rival {len(made)}")
        return f"{made[-1]}+ours"

    return make, made


def test_rewrite__rivals_are_faster_at_first__what_they_wrote_is_kept(kv):
    make, made = after(2, kv)
    told = []

    assert rewrite(kv, KEY, make, most_attempts=3, on_conflict=lambda: told.append(1))

    assert made == ["", "rival 1", "rival 2"]
    assert kv.get(KEY).value == "rival 2+ours"
    assert len(told) == 2


def test_rewrite__rivals_are_faster_each_time__ends_with_the_last_conflict(kv):
    make, made = after(9, kv)

    with pytest.raises(RevisionConflict):
        rewrite(kv, KEY, make, most_attempts=3)

    assert len(made) == 3
    assert kv.get(KEY).value == "rival 3"


def test_rewrite__says_it_already__writes_nothing(kv):
    kv.put(KEY, "same")

    assert not rewrite(kv, KEY, lambda held: None, most_attempts=1)
    assert kv.get(KEY).revision == 1


def test_rewrite__another_way_to_write__is_taken(kv):
    put = []

    assert rewrite(
        kv, KEY, lambda held: "text", most_attempts=1, put=lambda *what: put.append(what)
    )

    assert put == [("text", None)]
    assert kv.get(KEY) is None
