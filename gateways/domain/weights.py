"""Weights: the shares of a gateway's traffic, in hundredths of a percent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WHOLE: Final = 10_000
"""All of the traffic, in hundredths of a percent."""


def check_weights(weights: Mapping[str, int]) -> None:
    """Refuse weights that are no split of the traffic.

    Raises:
        ValueError: a weight lies outside 0–10000, or they total neither 10000 nor 0 (0 means that
            the gateway answers nobody). The message names the route, or the total.
    """
    for route, weight in weights.items():
        if not 0 <= weight <= WHOLE:
            raise ValueError(f"the weight of {route} is {weight}, outside 0 to {WHOLE}")
    if (total := sum(weights.values())) not in (0, WHOLE):
        raise ValueError(f"weights total {total}, which is neither {WHOLE} nor 0")


def shifted(weights: Mapping[str, int], source: str, target: str, share: int) -> dict[str, int]:
    """Return `weights` after `target` was given `share`, taken from or given back to `source`.

    Routes beside the two keep what they have; a share that `source` cannot pay for is cut to what
    it can, so the total stays as it was.

    Args:
        weights: route → hundredths of a percent; both routes are in it.
        source: the route that pays, and that is paid back.
        target: the route whose share is set.
        share: wanted share of `target`, 0–10000.

    Raises:
        KeyError: one of the routes is not there.
        ValueError: `source` is `target`, or `share` is out of range.
    """
    if source == target or not 0 <= share <= WHOLE:
        raise ValueError(f"cannot shift {share} from {source} to {target}")
    both = weights[source] + weights[target]
    given = min(share, both)
    return {**weights, source: both - given, target: given}


def without(weights: Mapping[str, int], gone: str) -> dict[str, int]:
    """Return the weights that are left when `gone` vanishes: the others grow in proportion.

    Rounding follows the largest remainders (ties by name), so the total stays 10000. Where no
    other route has any weight all weights are 0: traffic is never given to a route that nobody
    gave weight.
    """
    rest = {route: weight for route, weight in weights.items() if route != gone}
    total = sum(rest.values())
    if not total or gone not in weights or not weights[gone]:
        return rest
    whole = total + weights[gone]
    grown = {route: weight * whole // total for route, weight in rest.items()}
    owed = whole - sum(grown.values())
    by_remainder = sorted(rest, key=lambda route: (-(rest[route] * whole % total), route))
    for route in by_remainder[:owed]:
        grown[route] += 1
    return grown
