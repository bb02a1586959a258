from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.haproxy.quoting import quoted


@settings(deadline=None)
@given(
    st.text(st.characters(min_codepoint=32, codec="utf-8", exclude_characters="\x7f"), min_size=1)
)
def test_quoted__any_text__is_one_plain_word_that_reads_back(text):
    word = quoted(text)

    assert re.fullmatch(r"[A-Za-z0-9._/:,+\\-]+", word)
    back = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), word.encode())
    assert back.decode() == text


@pytest.mark.parametrize("text", ["", "a\nb", "\0", "a\rb", "\x7f", "a\x1b"])
def test_quoted__control_characters__are_refused(text):
    with pytest.raises(ValueError, match="cannot stand"):
        quoted(text)
