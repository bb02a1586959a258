from __future__ import annotations

import pytest
from pydantic import Field

from vamp.documents.known_keys import known_keys, nearest
from vamp.documents.validation import Strict


class Leaf(Strict):
    colour: str = ""


class Stem(Strict):
    length: int = 0


class Plant(Strict):
    leaves: tuple[Leaf, ...] = ()
    by_name: dict[str, Leaf] = Field(default_factory=dict)
    either: Leaf | Stem | str = ""


@pytest.mark.parametrize(
    ("steps", "keys"),
    [
        ([], {"leaves", "by_name", "either"}),
        (["leaves", 3], {"colour"}),
        (["by_name", "x"], {"colour"}),
        (["either"], {"colour", "length"}),
        (["missing", 0], set()),
    ],
)
def test_known_keys__place_in_a_document__has_those_of_its_model(steps, keys):
    assert known_keys(Plant, steps) == keys


@pytest.mark.parametrize(
    ("word", "found"), [("lenght", "length"), ("LENGTH", "length"), ("colour", "colour"), ("x", "")]
)
def test_nearest__misspelling__is_the_known_word(word, found):
    assert nearest(word, ["length", "colour"]) == found


def test_nearest__of_nothing__is_nothing():
    assert nearest("a", []) == ""
