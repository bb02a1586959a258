"""Charts as SVG paths, computed on the server: no script draws them and nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 1000
HEIGHT: Final = 200


@dataclass(frozen=True, slots=True)
class Area:
    """One layer of a stacked chart.

    Attributes:
        label: what it stands for; path: its outline, in `WIDTH` × `HEIGHT`.
    """

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Stack:
    """Layers on one another.

    Attributes:
        areas: from the bottom up.
        top: value at the upper edge.
    """

    areas: tuple[Area, ...]
    top: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over time and the limit they are held against, in one scale.

    Attributes:
        values: path of the values; limits: path of the limits, empty where there are none.
        last_x, last_y: place of the newest value.
        low, high: values at the lower and the upper edge.
    """

    values: str
    limits: str
    last_x: float
    last_y: float
    low: float
    high: float


def stacked(series: Mapping[str, Sequence[float]]) -> Stack:
    """Return the layers of `series`, whose sequences are of one length; the first lies at the bottom."""
    length = max((len(values) for values in series.values()), default=0)
    totals = [sum(values[at] for values in series.values()) for at in range(length)]
    top = nice_top(max(totals, default=0.0))
    floor = [0.0] * length
    areas = []
    for label, values in series.items():
        roof = [low + value for low, value in zip(floor, values, strict=True)]
        areas.append(Area(label, _outline(floor, roof, top)))
        floor = roof
    return Stack(tuple(areas), top)


def curve(values: Sequence[float | None], limits: Sequence[float | None] = ()) -> Curve | None:
    """Return the line of `values` (gaps where None) with `limits`; None where there is no value."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    if len(values) == 1:  # a single value is shown as a level, for a point has no line
        values, limits = [*values, *values], [*limits, *limits]
    bounds = [*known, *(limit for limit in limits if limit is not None)]
    low, high = min(bounds), max(bounds)
    # A flat line needs room on both sides, or it would lie on an edge.
    margin = (high - low) * 0.15 or abs(high) * 0.1 or 1.0
    low, high = max(0.0, low - margin) if low >= 0 else low - margin, high + margin
    points = _points(values, low, high)
    last_x, last_y = next(point for point in reversed(points) if point is not None)
    return Curve(_line(points), _line(_points(limits, low, high)), last_x, last_y, low, high)


def nice_top(value: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5 × a power of ten that is not below `value`."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)


def _outline(floor: Sequence[float], roof: Sequence[float], top: float) -> str:
    if not roof:
        return ""
    there = [(_x(at, len(roof)), _y(value, 0, top)) for at, value in enumerate(roof)]
    back = [(_x(at, len(floor)), _y(value, 0, top)) for at, value in enumerate(floor)]
    corners = [*there, *reversed(back)]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in corners) + "Z"


def _points(
    values: Sequence[float | None], low: float, high: float
) -> list[tuple[float, float] | None]:
    return [
        None if value is None else (_x(at, len(values)), _y(value, low, high))
        for at, value in enumerate(values)
    ]


def _line(points: Sequence[tuple[float, float] | None]) -> str:
    path, is_down = "", False
    for point in points:
        if point is not None:
            path += f"{'L' if is_down else 'M'}{point[0]:g} {point[1]:g}"
        is_down = point is not None
    return path


def _x(at: int, length: int) -> float:
    return round(WIDTH * at / max(1, length - 1), 1)


def _y(value: float, low: float, high: float) -> float:
    return round(HEIGHT * (1 - (value - low) / (high - low)), 1)
