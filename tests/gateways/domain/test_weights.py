from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.domain.weights import WHOLE, check_weights, shifted, without


def splits(names="abcdef"):
    """Weights of one or more routes that total the whole."""
    cuts = st.lists(st.integers(0, WHOLE), max_size=len(names) - 1).map(sorted)
    parts = cuts.map(lambda c: [b - a for a, b in zip([0, *c], [*c, WHOLE], strict=True)])
    return parts.map(lambda found: dict(zip(names, found, strict=False)))


@pytest.mark.parametrize(
    "weights", [{"a": -1, "b": 10_001}, {"a": 9_999}, {"a": 5_000, "b": 5_001}, {"a": 1}]
)
def test_check_weights__no_split__is_refused(weights):
    with pytest.raises(ValueError, match=r"weight"):
        check_weights(weights)


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 10_000}, {"a": 1, "b": 9_999}])
def test_check_weights__split_or_nothing__is_fine(weights):
    check_weights(weights)


@settings(deadline=None)
@given(splits("abc"), st.integers(0, WHOLE))
def test_shifted__any_share__keeps_total_and_bystanders(weights, share):
    weights = {"a": 0, "b": 0, **weights}

    found = shifted(weights, "a", "b", share)

    assert sum(found.values()) == WHOLE
    assert found["b"] == min(share, weights["a"] + weights["b"])
    assert found.get("c") == weights.get("c")


def test_shifted__unknown_or_same_routes__is_refused():
    with pytest.raises(KeyError):
        shifted({"a": WHOLE}, "a", "b", 1)
    with pytest.raises(ValueError, match="cannot shift"):
        shifted({"a": WHOLE}, "a", "a", 1)


@settings(deadline=None)
@given(splits())
def test_without__any_route__total_stays_and_shares_keep_their_proportion(weights):
    gone = next(iter(weights))

    found = without(weights, gone)

    rest = sum(found.values())
    assert gone not in found
    assert rest == (WHOLE if any(weights[route] for route in found) else 0)
    left = WHOLE - weights[gone]
    for route, weight in found.items():
        assert (weight > 0) == (weights[route] > 0)
        assert not left or abs(weight - weights[route] * WHOLE / left) < 1 or not rest
