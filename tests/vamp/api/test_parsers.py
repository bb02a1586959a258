"""Bodies are read strictly and within bounds."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.api.parsers import JsonParser, TooLarge, YamlParser, read_bounded
from vamp.errors import Fault, Invalid

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def _parsed(parser, raw):
    return [source.value for source in parser.parse(io.BytesIO(raw))]


def _outcome(parser, raw):
    try:
        return _parsed(parser, raw)
    except Invalid as error:
        return error.faults or [None]


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_json__any_object__is_read_as_it_is(value):
    assert _parsed(JsonParser(), json.dumps(value).encode()) == [value]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes__either_parser__gives_objects_or_faults(raw):
    for parser in (JsonParser(), YamlParser()):
        assert all(isinstance(each, dict | Fault) for each in _outcome(parser, raw))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": ',
        "1",
        "[1]",
        "",
        "[" * 100_000,
    ],
)
def test_json__what_is_no_document__is_a_fault(text):
    with pytest.raises(Invalid):
        JsonParser().parse(io.BytesIO(text.encode()))


def test_json__syntax__tells_the_place():
    with pytest.raises(Invalid) as told:
        JsonParser().parse(io.BytesIO(b'{"a": 1,\n  b: 2}'))

    assert (told.value.faults[0].line, told.value.faults[0].column) == (2, 3)


def test_read__one_byte_too_many__is_refused():
    assert read_bounded(io.BytesIO(b"1234"), 4) == b"1234"
    with pytest.raises(TooLarge):
        read_bounded(io.BytesIO(b"12345"), 4)
