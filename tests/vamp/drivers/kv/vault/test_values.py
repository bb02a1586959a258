from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vamp.drivers.kv.vault.values import ENTRY_BYTES, fields_of, value_of
from vamp.ports.kv import MAX_VALUE_BYTES

LIKE_GO = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def size_in_vault(fields: dict[str, str]) -> int:
    """The bytes that Go's encoding/json makes of it."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    for letter, spelt in LIKE_GO.items():
        text = text.replace(letter, spelt)
    return len(text.encode())


def fields(value: str) -> dict[str, str]:
    return fields_of(value, value.encode())


@pytest.mark.parametrize("value", ["", "ü €\U0001f600\x00\r\n", "x" * MAX_VALUE_BYTES, '"' * 9000])
def test_fields__of_what_fits__are_the_plain_text(value):
    assert fields(value) == {"value": value}


@pytest.mark.parametrize("letter", ["<", "&", '"', "\n", "\x00", "\u2028", '{"a":"b"}'])
def test_fields__of_what_escapes_would_burst__fit_and_come_back(letter):
    value = letter * (MAX_VALUE_BYTES // len(letter.encode()))

    found = fields(value)

    assert found.keys() == {"value_zlib_base64"}
    assert size_in_vault(found) <= ENTRY_BYTES
    assert value_of(found) == value


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.integers(1, 6000))
def test_fields__of_any_text__come_back_and_are_plain_only_where_they_fit(text, times):
    value = (text * times)[:250_000]

    found = fields(value)

    assert value_of(found) == value
    if "value" in found:
        assert size_in_vault(found) <= ENTRY_BYTES + 20


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"password": "x"},
        {"value": 7},
        {"value_zlib_base64": "!"},
        {"value_zlib_base64": "eA=="},
        {"value_zlib_base64": 7},
    ],
)
def test_value__that_somebody_else_wrote__is_none(found):
    assert value_of(found) is None
