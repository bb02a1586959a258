"""Layouts: which bucket of 0–9999 belongs to which route, and how a change of weights moves them.

Whoever asks a gateway has a bucket (`gateways.domain.bucket`), and the layout says which route it
goes to. A layout is state of its gateway: the next one is made from the present one, so that no
bucket moves that need not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateways.domain.transfer import Segment, transferred
from gateways.domain.weights import WHOLE, check_weights

BUCKETS: Final = WHOLE
"""How many buckets there are: one a hundredth of a percent."""

MOST_RANGES: Final = 64
"""A layout never has more ranges; more would make each gateway's look-up table needlessly long."""


@dataclass(frozen=True, slots=True)
class Range:
    """Buckets ``first`` to ``last``, both included, belong to `route`."""

    first: int
    last: int
    route: str

    @property
    def size(self) -> int:
        """Number of buckets, at least 1."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Layout:
    """All buckets of one gateway, or none: a gateway whose weights total 0 has no ranges.

    Attributes:
        ranges: ordered, without gap or overlap, neighbours of different routes.

    Raises:
        ValueError: the ranges are not so.
    """

    ranges: tuple[Range, ...] = ()

    def __post_init__(self) -> None:
        at, before = 0, None
        for item in self.ranges:
            if item.first != at or item.last < at or item.route == before:
                raise ValueError(f"not a layout: {item} after bucket {at - 1}")
            at, before = item.last + 1, item.route
        if self.ranges and at != BUCKETS:
            raise ValueError(f"not a layout: it ends at bucket {at - 1}")
        if len(self.ranges) > MOST_RANGES:
            raise ValueError(f"not a layout: it has {len(self.ranges)} ranges")

    @property
    def weights(self) -> dict[str, int]:
        """Buckets of each route that has any, in hundredths of a percent; they total 10000 or 0."""
        totals: dict[str, int] = {}
        for item in self.ranges:
            totals[item.route] = totals.get(item.route, 0) + item.size
        return totals

    def route_of(self, bucket: int) -> str | None:
        """Return the route of `bucket` (0–9999), or None where the layout is empty."""
        return next((item.route for item in self.ranges if item.first <= bucket <= item.last), None)

    def to_json(self) -> list[list[Any]]:
        """Return ``[[first, last, route], …]``, as gateways keep it in their row."""
        return [[item.first, item.last, item.route] for item in self.ranges]

    @classmethod
    def from_json(cls, value: Any) -> Layout:
        """Read what `to_json` gave.

        Raises:
            ValueError: it is no layout.
        """
        try:
            return cls(
                tuple(Range(int(first), int(last), str(route)) for first, last, route in value)
            )
        except TypeError as error:
            raise ValueError(f"not a layout: {error}") from error


def rebalance(layout: Layout, weights: Mapping[str, int]) -> Layout:
    """Return a layout with the given weights, moving as few buckets as possible.

    Only routes that lose weight give buckets and only routes that gain weight take them; so raising
    a route's weight never moves a bucket off it. The order of `weights` does not matter. Where one
    route has everything the buckets are laid out anew: that moves as few.

    `MOST_RANGES` comes before all this: should a split among very many routes need more ranges, it
    is laid out anew and moves more. Among up to eight routes no sequence of changes is known that
    does.

    Args:
        layout: the present layout; an empty one is laid out anew.
        weights: route → hundredths of a percent, totalling 10000 or 0. A route that is left out
            has 0. Routes with 0 have no ranges.

    Raises:
        ValueError: the weights are out of range or total neither, or more than `MOST_RANGES`
            routes have any.
    """
    check_weights(weights)
    wanted = {route: weights[route] for route in sorted(weights) if weights[route]}
    present = layout.weights
    if present == wanted:
        return layout
    if len(wanted) > MOST_RANGES:
        raise ValueError(f"{len(wanted)} routes share the traffic, more than {MOST_RANGES}")
    if len(present) < 2 or len(wanted) < 2:
        return _anew(wanted)
    segments = transferred([(item.route, item.size) for item in layout.ranges], wanted)
    return _from_segments(segments) if len(segments) <= MOST_RANGES else _anew(wanted)


def moved(before: Layout, after: Layout) -> int:
    """Return how many buckets change their route; from or to an empty layout none do."""
    if not before.ranges or not after.ranges:
        return 0
    stayed = sum(
        max(0, min(old.last, new.last) - max(old.first, new.first) + 1)
        for old in before.ranges
        for new in after.ranges
        if old.route == new.route
    )
    return BUCKETS - stayed


def _anew(wanted: Mapping[str, int]) -> Layout:
    return _from_segments(list(wanted.items()))


def _from_segments(segments: Sequence[Segment]) -> Layout:
    ranges: list[Range] = []
    at = 0
    for route, size in segments:
        ranges.append(Range(at, at + size - 1, route))
        at += size
    return Layout(tuple(ranges))
