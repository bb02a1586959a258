from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.documents import yaml as documents
from vamp.documents.yaml import read_documents
from vamp.errors import Invalid

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def read(text: str) -> tuple[list[dict[str, Any]], set[str]]:
    try:
        return [source.value for source in read_documents(text)], set()
    except Invalid as error:
        return [], {fault.code for fault in error.faults}


def faults_of(text: str) -> list[tuple[str, int | None, int | None]]:
    with pytest.raises(Invalid) as caught:
        read_documents(text)
    return [(fault.code, fault.line, fault.column) for fault in caught.value.faults]


def test_read_documents__plain_scalars__mean_what_they_look_like():
    text = """
    number: 1.10
    whole: -3
    truth: true
    nothing: ~
    empty:
    switch: on
    norway: NO
    octal: 0755
    hexadecimal: 0x1f
    time: 12:30:00
    date: 2026-01-31
    grouped: 1_000
    infinite: .inf
    quoted: "1.10"
    """

    (source,) = read_documents(text)

    assert source.value == {
        "number": 1.1, "whole": -3, "truth": True, "nothing": None, "empty": None, "switch": "on",
        "norway": "NO", "octal": "0755", "hexadecimal": "0x1f", "time": "12:30:00",
        "date": "2026-01-31", "grouped": "1_000", "infinite": ".inf", "quoted": "1.10",
    }  # fmt: skip


def test_read_documents__several__come_in_order_and_empty_ones_are_left_out():
    sources = read_documents("---\na: 1\n---\n---\na: 2\n")

    assert [source.value["a"] for source in sources] == [1, 2]


@given(st.dictionaries(st.text(max_size=8), VALUES, min_size=1, max_size=4), st.booleans())
@settings(deadline=None, max_examples=100)
def test_read_documents__json__reads_as_json_does(value, is_ascii):
    text = json.dumps(value, indent="\t", ensure_ascii=is_ascii)

    found, codes = read(text)

    # Not taken from JSON: characters that YAML wants escaped, and tabs beside an escaped emoji.
    assert found == [value] or codes <= {"character", "syntax"}
    assert found == [value] or not is_ascii or "\\ud" in text


def test_read_documents__emoji_as_json_escapes__is_one_character():
    (source,) = read_documents('{"a": "\\ud83d\\ude00", "b": 1}')

    assert source.value == {"a": "\U0001f600", "b": 1}


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=200)
def test_read_documents__arbitrary_text__is_read_or_invalid(text):
    found, codes = read(text)

    assert bool(found) != bool(codes)
    assert all(isinstance(value, dict) for value in found)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@,? \n\t0.1e", max_size=40))
@settings(deadline=None, max_examples=300)
def test_read_documents__signs_of_yaml__are_read_or_invalid(text):
    found, codes = read(text)

    assert bool(found) != bool(codes)


def test_read_documents__keys_given_twice__are_all_told_with_their_places():
    assert faults_of("a: 1\nb: {c: 1, c: 2}\na: 3\n") == [
        ("duplicate-key", 2, 11),
        ("duplicate-key", 3, 1),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("- 1", "document"),
        ("1: a", "key"),
        ("? [a]\n: 1", "key"),
        ("a: !!python/object:os.system x", "tag"),
        ("a: *b", "syntax"),
        ("a: &x [*x]", "syntax"),
        ("a: [1}", "syntax"),
        ("a: \x00", "character"),
        ("a: \ud800", "character"),
        ("a: 1e999", "number"),
        ("a: " + "9" * 31, "number"),
        ('a: "\\ud83d"', "text"),
    ],
)
def test_read_documents__what_is_not_allowed__is_refused_with_its_place(text, code):
    ((found, line, column),) = faults_of(text)

    assert found == code
    assert line == 1
    assert column is not None


def test_read_documents__aliases_that_multiply__are_refused_unexpanded():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]

    ((code, line, _),) = faults_of("\n".join(rows))

    assert code == "syntax"
    assert line == 7


def test_read_documents__too_many_aliases__are_refused():
    text = "a: &a 1\nb: [" + ", ".join(["*a"] * (documents.MOST_ALIASES + 1)) + "]"

    assert [code for code, _, _ in faults_of(text)] == ["syntax"]


def test_read_documents__alias__has_the_value_of_its_anchor():
    (source,) = read_documents("a: &a {b: [1]}\nc: *a\n")

    assert source.value == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert source.place("/c/b/0") == (1, 12)


def test_read_documents__nested_too_deep__is_refused():
    text = "a: " + "[" * 40 + "]" * 40

    assert [code for code, _, _ in faults_of(text)] == ["syntax"]


def test_read_documents__too_long__is_refused(monkeypatch):
    monkeypatch.setattr(documents, "MOST_CHARACTERS", 10)

    assert faults_of("a: 12345678901") == [("too-large", None, None)]
