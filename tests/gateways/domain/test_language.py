from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.language import Refusal, in_words, quoted, unquoted, word_at


@given(st.text(max_size=20))
@settings(deadline=None, max_examples=100)
def test_quoted__unquoted_again__is_the_same(value):
    assert unquoted(quoted(value)) == value


def test_unquoted__word_without_quotes__is_itself():
    assert unquoted("it") == "it"


@pytest.mark.parametrize(
    ("expected", "phrase"),
    [
        ({"A"}, "a"),
        ({"A", "B"}, "a or b"),
        ({"A", "B", "C"}, "a, b or c"),
        ({"X"}, "nothing more"),
        (set(), "nothing more"),
    ],
)
def test_in_words__terminals__are_a_phrase(expected, phrase):
    assert in_words(frozenset(expected), {"A": "a", "B": "b", "C": "c"}) == phrase


def test_fault__of_a_refusal__has_line_and_column_from_1():
    fault = Refusal(5, "wrong", "mend it").fault("ab\ncdef", "x")

    assert (fault.line, fault.column, fault.code) == (2, 3, "x")


@pytest.mark.parametrize(("offset", "word"), [(0, "ab-c"), (4, "="), (5, "d"), (9, "")])
def test_word_at__offset__is_the_word_that_begins_there(offset, word):
    assert word_at("ab-c=d (", offset) == word
