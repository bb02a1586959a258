"""Transfers of buckets between routes that leave as few ranges as possible. Served by `layout`.

A layout is seen as segments, (route, size) in their order, and changed by one transfer after the
other. Each takes buckets from a route that has too many and gives them to one that has too few,
so nothing else ever moves. Of the transfers that are possible the best is made first:

1. a segment beside the taker is given whole: one or two segments fewer;
2. the border of a segment beside the taker is moved: as many;
3. a segment that is not beside the taker is given whole: as many;
4. a piece is cut off: one more. Best at a border with a third route that the taker does not touch
   yet, so that later transfers between those two can move a border.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Segment = tuple[str, int]


@dataclass(frozen=True, slots=True, order=True)
class _Transfer:
    """One possible transfer; the smallest is the best."""

    added: int
    stage: int
    giver_size: int
    index: int
    is_right: bool
    taker: str
    size: int


def transferred(segments: Sequence[Segment], wanted: Mapping[str, int]) -> list[Segment]:
    """Return segments with the `wanted` totals, moving no bucket that need not move.

    Args:
        segments: neighbours are of different routes; sizes are at least 1.
        wanted: route → size, each at least 1, with the same total as `segments`.
    """
    found = list(segments)
    spare = dict.fromkeys([route for route, _ in segments], 0)
    spare |= {route: -size for route, size in wanted.items()}
    for route, size in segments:
        spare[route] += size
    while any(spare.values()):
        best = min(_possible(found, spare))
        spare[found[best.index][0]] -= best.size
        spare[best.taker] += best.size
        found = _made(found, best)
    return found


def _possible(segments: Sequence[Segment], spare: Mapping[str, int]) -> Iterator[_Transfer]:
    touching = {frozenset((one[0], other[0])) for one, other in pairwise(segments)}
    takers = sorted(route for route, count in spare.items() if count < 0)
    for index, (giver, giver_size) in enumerate(segments):
        if spare[giver] <= 0:
            continue
        left = segments[index - 1][0] if index else ""
        right = segments[index + 1][0] if index + 1 < len(segments) else ""
        for taker in takers:
            size = min(giver_size, spare[giver], -spare[taker])
            if size == giver_size:
                merged = (left == taker) + (right == taker)
                yield _Transfer(-merged, 0 if merged else 2, giver_size, index, False, taker, size)
                continue
            for is_right, beside in ((False, left), (True, right)):
                if beside == taker:
                    yield _Transfer(0, 1, giver_size, index, is_right, taker, size)
                else:
                    stage = 3 if beside and frozenset((taker, beside)) not in touching else 4
                    yield _Transfer(1, stage, -giver_size, index, is_right, taker, size)


def _made(segments: Sequence[Segment], transfer: _Transfer) -> list[Segment]:
    giver, giver_size = segments[transfer.index]
    given, kept = (transfer.taker, transfer.size), (giver, giver_size - transfer.size)
    pieces = [kept, given] if transfer.is_right else [given, kept]
    merged: list[Segment] = []
    for route, size in (*segments[: transfer.index], *pieces, *segments[transfer.index + 1 :]):
        if not size:
            continue
        if merged and merged[-1][0] == route:
            size += merged.pop()[1]
        merged.append((route, size))
    return merged
