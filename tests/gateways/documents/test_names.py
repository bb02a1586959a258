from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateways.documents.names import (
    HeaderName,
    Label,
    Name,
    OptionalLabel,
    OptionalName,
    Text,
    Title,
)


def is_allowed(kind: Any, text: str) -> bool:
    try:
        return bool(TypeAdapter(kind).validate_python(text) == text)
    except ValidationError:
        return False


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            Label,
            ["a", "a-1", "0", "a" * 63],
            ["", "A", "-a", "a-", "a.b", "a_b", "a" * 64, "\u0430", "a\n"],
        ),
        (
            Name,
            ["a", "1.10", "A_b-c.d", "a" * 63],
            ["", ".a", "-a", "a b", "a/b", "a" * 64, "\xe4", "a\x00"],
        ),
        (OptionalLabel, ["", "a"], ["A"]),
        (OptionalName, ["", "A"], [" "]),
        (
            HeaderName,
            ["X-User", "a_b"],
            ["", "a:b", "a b", "X-Vamp-Probe", "x-vamp-x", "-a", "\u0445"],
        ),
        (Title, ["", "Web shop \xe4", "a" * 127], ["a" * 128, "a\nb", "\x00", "a\u2028b"]),
        (Text, ["a" * 1_024], ["a" * 1_025, "\x1b[0m", "\u202e"]),
    ],
)
def test_names__values__are_allowed_or_refused(kind, good, bad):
    assert [text for text in good if not is_allowed(kind, text)] == []
    assert [text for text in bad if is_allowed(kind, text)] == []


@given(st.text(max_size=8))
@settings(deadline=None, max_examples=200)
def test_names__what_is_allowed__is_ascii_without_signs(text):
    for kind in (Label, Name, HeaderName):
        if is_allowed(kind, text):
            assert text.isascii()
            assert set(text) <= set(
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
            )
