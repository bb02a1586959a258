"""Shares of traffic drawn as one bar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """One route's share.

    Attributes:
        label: name of the route.
        version: what its colour is derived from.
        weight: hundredths of a percent.
    """

    label: str
    version: str
    weight: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment and where its bar begins, in hundredths of a percent."""

    segment: Segment
    x: int


def placed(segments: Iterable[Segment]) -> list[Placed]:
    """Return where the bar of each of `segments` begins: behind the one before it."""
    found, at = [], 0
    for segment in segments:
        found.append(Placed(segment, at))
        at += segment.weight
    return found
