from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vamp.demo.binomial import LEAST_LIKELIHOOD, is_by_chance, tail_likelihood


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 60), st.integers(1, 99), st.data())
def test_tail__any_count__is_that_of_exact_sums(draws, percent, data):
    hits = data.draw(st.integers(0, draws))
    share = percent / 100

    terms = [math.comb(draws, k) * share**k * (1 - share) ** (draws - k) for k in range(draws + 1)]

    expected = min(1.0, 2 * min(sum(terms[: hits + 1]), sum(terms[hits:])))
    assert tail_likelihood(hits, draws, share) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("hits", "draws", "share", "expected"),
    [
        (0, 500, 0.0, True),
        (1, 500, 0.0, False),
        (500, 500, 1.0, True),
        (499, 500, 1.0, False),
        (0, 0, 0.5, True),
        (1000, 10_000, 0.1, True),
        (1300, 10_000, 0.1, False),
        (800, 10_000, 0.1, False),
    ],
)
def test_chance__known_splits__is_told(hits, draws, share, expected):
    assert is_by_chance(hits, draws, share) is expected


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 2000), st.integers(1, 99))
def test_chance__the_likeliest_count__is_always_within(draws, percent):
    assert tail_likelihood(int((draws + 1) * percent / 100), draws, percent / 100) > 0.5
    assert LEAST_LIKELIHOOD < 0.5
