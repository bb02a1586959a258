"""How likely a split is by chance alone: exact tails of the binomial distribution."""

from __future__ import annotations

import math
from typing import Final

LEAST_LIKELIHOOD: Final = 1e-6
"""A measured split is within bounds if chance gives one so far from its share, on either side, at
least this often. With the handful of splits of one run, a false alarm in 100,000 runs."""


def tail_likelihood(hits: int, draws: int, share: float) -> float:
    """Return the likelihood of a count at least as far out as `hits`, on both sides together.

    Args:
        hits: 0 to `draws`.
        draws: independent draws, at least 0.
        share: likelihood of a hit in each, from 0 to 1.

    Returns:
        Twice the smaller tail, at most 1. Cost: up to `draws` terms.
    """
    if share in (0.0, 1.0) or not draws:
        return float(hits == draws * share)
    lower = sum(_likelihood(each, draws, share) for each in range(hits + 1))
    upper = sum(_likelihood(each, draws, share) for each in range(hits, draws + 1))
    return min(1.0, 2 * min(lower, upper))


def is_by_chance(hits: int, draws: int, share: float) -> bool:
    """Tell whether `hits` of `draws` are within the bounds for `share`."""
    return tail_likelihood(hits, draws, share) >= LEAST_LIKELIHOOD


def _likelihood(hits: int, draws: int, share: float) -> float:
    # In logarithms: the coefficients alone are beyond a float from about 1030 draws on.
    coefficient = math.lgamma(draws + 1) - math.lgamma(hits + 1) - math.lgamma(draws - hits + 1)
    return math.exp(coefficient + hits * math.log(share) + (draws - hits) * math.log1p(-share))
