"""Numbers: under which number each gateway's layouts stand in the environment's look-up tables.

A gateway has one number N in ``layouts.map``. Its draws stand under consecutive numbers from N on:
the split by weight under N, the conditions' draws under N + 1, N + 2, … in the order of
`draws_of`. So one ``set map`` of one line changes weights and strengths together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateways.haproxy.part import Part

BUCKETS_PER_NUMBER: Final = 16_384
"""A power of two above the 10,000 buckets, so that a draw's buckets fill whole CIDR blocks."""

MOST_NUMBERS: Final = 2**32 // BUCKETS_PER_NUMBER
"""Keys of ``buckets.map`` are IPv4 addresses; 0 is never used."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What one HAProxy serves: parts, and the number of each gateway.

    Attributes:
        parts: gateway → its part.
        numbers: gateway → N ≥ 1; no two gateways' draws overlap.
    """

    parts: Mapping[str, Part] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)


def draws_of(part: Part) -> tuple[str, ...]:
    """Return the part's draws in the order of their numbers: its own name, then the conditions'.

    The conditions' draws are ordered by name, so that the order does not hang on priorities.
    """
    return tuple(sorted(part.layouts))


def placed(
    parts: Iterable[Part], before: Placement | None = None, *, most: int = MOST_NUMBERS
) -> Placement:
    """Choose numbers below `most` for `parts`.

    A gateway whose layouts are those it has in `before` keeps its number. Any other gets one that
    is used neither before nor after, so that its new ranges can be written beside the old.

    Raises:
        ValueError: more draws than there are numbers (262,143).
    """
    held = before or Placement()
    by_name = {part.gateway: part for part in sorted(parts, key=lambda part: part.gateway)}
    numbers = {name: _number_kept(part, held) for name, part in by_name.items()}
    search = _Search(held, most)
    for name, number in numbers.items():
        if not number:
            numbers[name] = search.next(len(by_name[name].layouts))
    return Placement(by_name, numbers)


def _number_kept(part: Part, before: Placement) -> int:
    """Return the number that the part has and keeps, or 0."""
    old = before.parts.get(part.gateway)
    same = old is part or (old is not None and old.layouts == part.layouts)
    return before.numbers.get(part.gateway, 0) if same else 0


class _Search:
    """Looks for unused numbers, upwards from the last one used.

    So a number that was given up is not used again soon, and the usual case needs no look at all
    gateways. Only at the upper end does it begin again from below, between those in use.
    """

    def __init__(self, before: Placement, most: int) -> None:
        self._before = before
        self._most = most
        self._given: set[int] = set()
        self._taken: set[int] | None = None
        top = max(before.numbers, key=before.numbers.__getitem__, default="")
        self._at = before.numbers[top] + _width(before, top) if top else 1

    def next(self, count: int) -> int:
        """Return the first of `count` unused numbers in a row."""
        if self._taken is None and self._at + count > self._most:
            self._taken, self._at = _taken(self._before) | self._given, 1
        if self._taken is not None:
            self._at = _free(self._taken, self._at, count, self._most)
        found, self._at = self._at, self._at + count
        self._given.update(range(found, self._at))
        return found


def _width(placement: Placement, gateway: str) -> int:
    return len(placement.parts[gateway].layouts) if gateway in placement.parts else 1


def _taken(before: Placement) -> set[int]:
    return {
        number + offset
        for gateway, number in before.numbers.items()
        for offset in range(_width(before, gateway))
    }


def _free(taken: set[int], start: int, count: int, most: int) -> int:
    """Return the lowest number from `start` on with `count` free ones in a row."""
    at = start
    while clash := next((n for n in range(at + count - 1, at - 1, -1) if n in taken), None):
        at = clash + 1
    if at + count > most:
        raise ValueError(f"no {count} numbers are left of {most}")
    return at
