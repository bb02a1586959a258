"""The part: the same bytes for the same part, and a clear word where it cannot be read."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.haproxy.part import (
    PART_FORMAT,
    BucketRange,
    Part,
    PartUnreadable,
    Probe,
    RouteLabel,
    ServerLine,
    digest,
)

words = st.text(max_size=12)
ports = st.integers(1, 65_535)
ranges = st.builds(BucketRange, st.integers(0, 9_999), st.integers(0, 9_999), words)
servers = st.builds(ServerLine, words, words, ports, st.integers(0, 256))
parts = st.builds(
    Part,
    gateway=words,
    generation=st.integers(0, 2**62),
    sections=words,
    maps=st.dictionaries(words, st.dictionaries(words, words, max_size=2), max_size=2),
    layouts=st.dictionaries(words, st.lists(ranges, max_size=2).map(tuple), max_size=2),
    servers=st.dictionaries(words, st.lists(servers, max_size=2).map(tuple), max_size=2),
    labels=st.dictionaries(words, st.builds(RouteLabel, words, words, words), max_size=2),
    ports=st.lists(ports, max_size=2).map(tuple),
    probes=st.lists(
        st.builds(Probe, st.sampled_from(["http", "tcp"]), ports, words, words), max_size=2
    ).map(tuple),
)
LEAST = Part("shop", 1, "")


@settings(max_examples=60, deadline=None)
@given(parts)
def test_part__written_and_read__is_the_same(part):
    text = part.to_json()

    assert Part.from_json(text) == part
    assert Part.from_json(text).to_json() == text


def test_part__maps_in_another_order__gives_the_same_bytes():
    one = Part("shop", 1, "", maps={"hosts": {"a": "1", "b": "2"}, "paths": {}})
    two = Part("shop", 1, "", maps={"paths": {}, "hosts": {"b": "2", "a": "1"}})

    assert one.to_json() == two.to_json()


def test_part__of_another_format__says_to_upgrade():
    value = json.loads(LEAST.to_json()) | {"format": PART_FORMAT + 1}

    with pytest.raises(PartUnreadable) as refused:
        Part.from_json(json.dumps(value))

    assert str(refused.value).startswith("published in a format that this agent does not know")


@pytest.mark.parametrize("key", sorted(json.loads(LEAST.to_json())))
def test_part__without_one_of_its_keys__is_refused(key):
    value = json.loads(LEAST.to_json())
    del value[key]

    with pytest.raises(PartUnreadable, match=f"not a part: '{key}'"):
        Part.from_json(json.dumps(value))


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "7", '"format"'])
def test_part__text_that_is_none__is_refused(text):
    with pytest.raises(PartUnreadable, match="not a part"):
        Part.from_json(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"layouts": {"shop": [{"first": 0}]}},
        {"layouts": []},
        {"servers": {"b": [{"name": "a", "host": "h", "port": 1, "colour": "red"}]}},
        {"labels": {"b": None}},
        {"ports": None},
        {"probes": [7]},
    ],
)
def test_part__malformed_inside__is_refused(changes):
    value = json.loads(LEAST.to_json()) | changes

    with pytest.raises(PartUnreadable, match="not a part"):
        Part.from_json(json.dumps(value))


def test_bucket_ranges__sorted__are_in_the_order_of_buckets():
    assert sorted([BucketRange(5_000, 9_999, "a"), BucketRange(0, 4_999, "b")])[0].backend == "b"


def test_digest__of_a_text__is_the_sha256_of_its_utf8():
    assert digest("größe") == hashlib.sha256("größe".encode()).hexdigest()
    assert digest("a") != digest("b")
