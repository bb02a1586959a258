from __future__ import annotations

from typing import Literal

from vamp.documents.salvage import salvaged, touches
from vamp.documents.source import Source
from vamp.documents.units import Percent
from vamp.documents.validation import Strict, examined


class Item(Strict):
    weight: Percent = 0
    label: str = ""


class Box(Strict):
    kind: Literal["Box"] = "Box"
    name: str
    items: tuple[Item, ...] = ()
    words: tuple[str, ...] = ()


def saved(value):
    source = Source.of(value)
    _, faults = examined(Box, source)
    return salvaged(Box, source, faults, {"/name": "unnamed"})


def test_salvaged__wrong_values__are_left_out_and_the_rest_stays_in_place():
    value = {
        "nmae": "x",
        "items": [{"weight": 5, "label": "a"}, "no item", {"weight": "7%"}],
        "words": ["a", 1],
    }

    found = saved(value)

    assert found == Box(name="unnamed", items=(Item(label="a"), Item(), Item(weight=700)), words=())
    assert value["items"][1] == "no item"


def test_salvaged__list_that_is_none__is_left_out():
    assert saved({"name": "a", "items": "b"}) == Box(name="a")


def test_touches__values_above_and_below__but_not_beside():
    assert touches("/a", ["/a/b"])
    assert touches("/a/b", ["/a"])
    assert touches("/a", ["/a"])
    assert not touches("/a", ["/ab", "/b/a"])
