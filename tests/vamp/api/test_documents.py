"""Merge patches, and documents whose address names them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.api.documents import merged, named
from vamp.documents.source import Source
from vamp.errors import Invalid

OBJECTS = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, dict))


@pytest.mark.parametrize(
    ("document", "patch", "expected"),
    [  # the examples of RFC 7396, appendix A, whose documents are objects
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merged__examples_of_the_standard__agree(document, patch, expected):
    assert merged(document, patch) == expected


@settings(max_examples=50, deadline=None)
@given(OBJECTS, OBJECTS)
def test_merged__twice__is_the_same_as_once(document, patch):
    once = merged(document, patch)

    assert merged(once, patch) == once
    assert merged(document, {}) == document


def test_named__other_name__is_a_fault_at_the_name():
    with pytest.raises(Invalid) as told:
        named(Source.of({"name": "cart"}), "shop")

    assert told.value.faults[0].pointer == "/name"


@pytest.mark.parametrize("value", [{}, {"name": "shop"}])
def test_named__same_name_or_none__is_let_through(value):
    assert named(Source.of(value), "shop").value == value
