from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vamp.documents.source import Source, pointer_of, pointer_steps
from vamp.documents.yaml import read_documents
from vamp.errors import Fault

TEXT = """\
# a comment
name: shop
routes:
  - {weight: 10%, condition: "path is /a"}
  - weight: 20%
"a/b": {"c~d": 1}
"""


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (2, 1)),
        ("/name", (2, 7)),
        ("/routes", (4, 3)),
        ("/routes/0/weight", (4, 14)),
        ("/routes/1/weight", (5, 13)),
        ("/routes/1/missing", (5, 5)),
        ("/missing/deep", (2, 1)),
        ("/a~1b/c~0d", (6, 16)),
    ],
)
def test_place__of_a_value_or_what_it_is_missing_from__is_line_and_column(pointer, place):
    (source,) = read_documents(TEXT)

    assert source.place(pointer) == place


def test_key_place__of_a_key__is_where_the_key_stands():
    (source,) = read_documents(TEXT)

    assert source.key_place("/routes/0/condition") == (4, 19)
    assert source.key_place("/routes/0") == (4, 5)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("c: path is X", "X"),
        ("c: 'path is X'", "X"),
        ("c: 'it''s in X'", "X"),
        ('c: "path\\tis \\"a\\" X"', "X"),
        ('c: "\\u0041 \\x41 \\U00000041 \\ud83d\\ude00 X"', "X"),
        ('c: "path\n  is\n  X"', "X"),
        ('c: "path \\\n   is X"', "X"),
        ("c: path\n  is\n    X", "X"),
        ("c: |\n  path is\n  X and", "X"),
        ("c: >-\n\n  path is\n\n  X and", "X"),
        ("b: 1\nc: |2-  # note\n   path\n  X", "X"),
    ],
)
def test_place_within__any_style_of_scalar__finds_the_character(text, marked):
    (source,) = read_documents(text)

    place = source.place_within("/c", source.value["c"].index(marked))

    before = text[: text.rindex(marked)]
    assert place == (before.count("\n") + 1, len(before) - before.rfind("\n"))


@pytest.mark.parametrize(("text", "column"), [("c: abc", 7), ("c: 'abc'", 8), ('c: "abc" # x', 8)])
def test_place_within__end_of_the_text__is_behind_its_last_character(text, column):
    (source,) = read_documents(text)

    assert source.place_within("/c", 3) == (1, column)


@given(st.text(min_size=1, max_size=30), st.integers(0, 40))
@settings(deadline=None, max_examples=100)
def test_place_within__any_value_and_offset__is_a_place_in_the_text(value, offset):
    assume(value.isprintable())
    quoted = "'" + value.replace("'", "''") + "'"
    (source,) = read_documents(f"c: {quoted}")

    line, column = source.place_within("/c", offset) or (0, 0)

    assert line == 1
    assert 4 <= column <= 4 + len(quoted)
    if offset < len(value) and not value[offset].isspace():
        assert f"c: {quoted}"[column - 1] == value[offset]


def test_source__of_a_value__has_no_places():
    source = Source.of({"a": 1})

    assert source.place("/a") is None
    assert source.located(Fault("/a", "wrong")).line is None
    assert source.written("/a") == ""


@given(st.lists(st.text(max_size=5) | st.integers(0, 9).map(str), max_size=4))
@settings(deadline=None, max_examples=100)
def test_pointer__written_and_read__is_the_same(steps):
    assert pointer_steps(pointer_of(steps)) == tuple(steps)
