from __future__ import annotations

from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, Field

from vamp.documents.errors import refusal
from vamp.documents.source import Source
from vamp.documents.units import Percent
from vamp.documents.validation import Strict, examined, validated
from vamp.documents.yaml import read_documents
from vamp.errors import Invalid


class Leaf(Strict):
    name: str
    weight: Percent = 0


class Tree(Strict):
    kind: Literal["Tree", "Bush"]
    height: Annotated[int, Field(ge=1, le=9)] = 1
    leaves: tuple[Leaf, ...] = ()
    notes: dict[str, str] = Field(default_factory=dict)


def faults_of(text: str) -> list[str]:
    with pytest.raises(Invalid) as caught:
        validated(Tree, read_documents(text)[0])
    return [str(fault) for fault in caught.value.faults]


def test_validated__sound_document__is_its_model():
    (source,) = read_documents("kind: Tree\nleaves: [{name: a, weight: 5%}]\n")

    assert validated(Tree, source) == Tree(kind="Tree", leaves=(Leaf(name="a", weight=500),))


def test_validated__many_faults__tells_each_with_place_and_hint():
    text = """\
kind: Tre
heihgt: 3
height: 10
leaves:
  - {name: 1.10}
  - {weight: 5%, nmae: x}
  - [1]
notes: {a: ~}
"""

    assert faults_of(text) == [
        '/kind (line 1, column 7): "Tre" is not one of Tree, Bush; did you mean Tree?',
        "/height (line 3, column 9): must be at most 9",
        '/leaves/0/name (line 5, column 12): must be text, not 1.1; put it in quotes: "1.10"',
        "/leaves/1/name (line 6, column 5): `name` is missing",
        "/leaves/1/nmae (line 6, column 18): unknown key `nmae`; did you mean `name`?",
        "/leaves/2 (line 7, column 5): must be a mapping, not a list",
        "/notes/a (line 8, column 12): must be text, not nothing",
        "/heihgt (line 2, column 1): unknown key `heihgt`; did you mean `height`?",
    ]


def test_validated__key_like_no_other__lists_the_known_keys():
    assert faults_of("kind: Tree\nxyz: 1\n") == [
        "/xyz (line 2, column 1): unknown key `xyz`; known keys: height, kind, leaves, notes"
    ]


def test_validated__without_text__has_pointers_and_no_places():
    with pytest.raises(Invalid) as caught:
        validated(Tree, Source.of({"kind": "Tree", "leaves": [{"name": 3}]}))

    (fault,) = caught.value.faults
    assert (fault.pointer, fault.line, fault.column) == ("/leaves/0/name", None, None)
    assert fault.hint == 'put it in quotes: "3"'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), "\ud800"])
def test_validated__what_json_cannot_hold__is_invalid(value):
    with pytest.raises(Invalid):
        validated(Tree, Source.of({"kind": "Tree", "notes": {"a": value}}))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["kind", "leaves", "name", "weight", "x"]), inner)
        ),
        max_leaves=8,
    )
)
@settings(deadline=None, max_examples=150)
def test_examined__arbitrary_values__gives_a_document_or_faults(value):
    found, faults = examined(Tree, Source.of({"kind": "Tree", "leaves": value, "notes": value}))

    assert (found is None) == bool(faults)


def _without_x(text: str) -> str:
    if "x" in text:
        raise refusal("letter", "an x {hint}", hint="use y", offset=text.index("x"))
    return text


class Word(Strict):
    word: Annotated[str, AfterValidator(_without_x)]


def test_validated__refusal_with_an_offset__points_into_the_text():
    with pytest.raises(Invalid) as caught:
        validated(Word, read_documents("word: 'a x'")[0])

    (fault,) = caught.value.faults
    assert (fault.code, fault.message, fault.hint) == ("letter", "an x {hint}", "use y")
    assert (fault.line, fault.column) == (1, 10)
