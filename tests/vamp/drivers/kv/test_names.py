from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vamp.drivers.kv.names import (
    MAX_KEY_LENGTH,
    MAX_SEGMENT_LENGTH,
    namespace,
    prefix_segments,
    segments,
    value_bytes,
)
from vamp.ports.errors import PortRefused
from vamp.ports.kv import MAX_VALUE_BYTES

SEGMENT = st.from_regex(r"[a-z0-9_-][a-z0-9._-]{0,20}", fullmatch=True)


@given(st.lists(SEGMENT, min_size=2, max_size=6))
def test_segments__of_a_key__join_to_it_again(found: list[str]) -> None:
    key = "/".join(found)

    assert segments(key) == prefix_segments(key + "/") == tuple(found)


@given(st.text(max_size=30))
def test_segments__any_text__is_refused_or_stays_below_the_root(key: str) -> None:
    try:
        found = segments(key)
    except PortRefused:
        return

    assert len(found) >= 2
    assert all(set(segment) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.") for segment in found)
    assert not any(segment.strip(".") == "" for segment in found)


def test_segments__too_long__is_refused() -> None:
    assert segments("a/" + "x" * MAX_SEGMENT_LENGTH)
    with pytest.raises(PortRefused):
        segments("a/" + "x" * (MAX_SEGMENT_LENGTH + 1))
    with pytest.raises(PortRefused, match="longer"):
        segments("/".join(["x" * 100] * (MAX_KEY_LENGTH // 100 + 1)))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("acme/production/environment", "acme/production"),
        ("acme/production", "acme/production"),
        ("acme/organisation", "acme"),
        ("acme/organisation/salts", "acme"),
    ],
)
def test_namespace__of_a_key__is_the_environment_or_the_organisation(
    key: str, expected: str
) -> None:
    assert namespace(segments(key)) == expected


def test_value_bytes__at_the_limit__counts_bytes_not_characters() -> None:
    assert len(value_bytes("ü" * (MAX_VALUE_BYTES // 2))) == MAX_VALUE_BYTES
    with pytest.raises(PortRefused, match="limit"):
        value_bytes("ü" * (MAX_VALUE_BYTES // 2) + "x")
