"""How far a limit lets somebody move traffic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.domain.shift import FREELY, Shift, highest_raise
from vamp.errors import NotAllowed

NAMES = ("a", "b", "c")
shares = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), max_size=3
)
limits = st.integers(0, 10_000)


def heaviest(before):
    return max(before, key=lambda name: before[name][0])


@given(shares, limits)
def test_refuse_beyond__all_back_to_the_heaviest__is_never_refused(before, most):
    if not before:
        return
    stable = heaviest(before)
    after = {name: (10_000, 10_000) if name == stable else (0, 0) for name in before}

    Shift(most=most).refuse_beyond("shop", before, after)


@given(shares, shares, limits)
def test_refuse_beyond__let_through__no_other_route_rose_above_the_limit(before, after, most):
    try:
        Shift(most=most).refuse_beyond("shop", before, after)
    except NotAllowed:
        return
    if not before:
        return
    for name, now in after.items():
        for held, share in zip(before.get(name, (0, 0)), now, strict=True):
            assert name == heaviest(before) or share <= max(held, most)


@given(shares, shares, limits)
def test_refuse_beyond__within_the_limit__is_let_through(before, after, most):
    lowered = {name: (min(w, most), min(s, most)) for name, (w, s) in after.items()}

    Shift(most=most).refuse_beyond("shop", before, lowered)


@given(shares, shares)
def test_refuse_beyond__without_limit__everything_is_let_through(before, after):
    FREELY.refuse_beyond("shop", before, after)


@given(shares, shares)
def test_refuse_beyond__not_allowed_at_all__only_what_changes_nothing_passes(before, after):
    shift = Shift(is_allowed=False)

    shift.refuse_beyond("shop", before, before)
    shift.refuse_beyond("shop", {}, after)
    if before and before != after:
        with pytest.raises(NotAllowed, match=r"gateway\.release"):
            shift.refuse_beyond("shop", before, after)


def test_refuse_beyond__beyond__says_which_route_and_both_numbers():
    before = {"old": (10_000, 0), "new": (0, 0)}

    with pytest.raises(NotAllowed, match=r"shop up to 25 %, and new would get 30 %"):
        Shift(most=2_500).refuse_beyond("shop", before, {"old": (7_000, 0), "new": (3_000, 0)})


def test_highest_raise__strength_of_a_condition__counts_like_a_weight():
    before = {"old": (10_000, 0), "new": (0, 0)}

    assert highest_raise(before, {"old": (10_000, 0), "new": (0, 6_000)}) == ("new", 6_000)
    assert highest_raise(before, before) is None
