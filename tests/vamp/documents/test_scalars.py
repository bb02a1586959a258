from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.documents.scalars import plain_value


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("False", False), ("~", None), ("", None), ("0", 0), ("-0", 0), ("+7", 7), ("1.5e3", 1500.0)],
)  # fmt: skip
def test_plain_value__words_and_numbers__are_themselves(text, value):
    found = plain_value(text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["yes", "off", "tRUE", "01", "1.", ".5", "1.0.0", "0b1", "\u0661", "1 "]
)
def test_plain_value__anything_else__is_text(text):
    assert plain_value(text) == text


@given(st.text(alphabet="0123456789.eE+-", max_size=40))
@settings(deadline=None, max_examples=200)
def test_plain_value__signs_of_numbers__never_overflow(text):
    found: Any = None
    with suppress(ValueError):
        found = plain_value(text)

    assert not isinstance(found, float) or math.isfinite(found)
