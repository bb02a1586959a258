from __future__ import annotations

import re

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tenants.names import is_label, validate_label


@given(st.text(alphabet="ab09-A_.é\n", max_size=66))
def test_is_label__any_text__agrees_with_rfc_1123_in_lower_case(text):
    expected = (
        0 < len(text) <= 63
        and re.fullmatch(r"[a-z0-9-]+", text) is not None
        and not text.startswith("-")
        and not text.endswith("-")
    )

    assert is_label(text) is expected


@pytest.mark.parametrize("name", ["organisation", "environment"])
def test_validate_label__word_of_vamps_keys__is_refused(name):
    with pytest.raises(ValidationError, match="uses itself"):
        validate_label(name)


@pytest.mark.parametrize("name", ["a", "0", "a-b", "a" * 63])
def test_validate_label__label__passes(name):
    validate_label(name)
