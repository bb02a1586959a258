"""When a reload may begin: changes are gathered first, and agents take turns. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GATHER_S = 0.05
"""A reload waits so long for further changes after the last one."""

GATHER_MOST_S = 0.5
"""But no longer than this after the first."""

TURN_S = 0.2
"""The k-th agent waits k times this, unless it hears that another has applied the change."""


@dataclass(frozen=True, slots=True)
class PendingReload:
    """Changes of structure that wait, in seconds of a clock that only goes forward.

    Attributes:
        generations: gateway → the generation that waits.
        since: when the first of them was seen.
        latest: when they last changed.
    """

    generations: Mapping[str, int]
    since: float
    latest: float


def pending(
    before: PendingReload | None, generations: Mapping[str, int], now: float
) -> PendingReload:
    """Return what waits now, given what waited before."""
    if before is None:
        return PendingReload(generations, now, now)
    if before.generations == generations:
        return before
    return PendingReload(generations, before.since, now)


def due_at(waiting: PendingReload, *, place: int, applied_by_others: Mapping[str, int]) -> float:
    """Return when the reload may begin.

    Args:
        waiting: what waits.
        place: of this agent in the manifest's order, from 0.
        applied_by_others: gateway → generation that another agent has reported.
    """
    gathered = min(waiting.latest + GATHER_S, waiting.since + GATHER_MOST_S)
    if place == 0 or _is_applied(waiting.generations, applied_by_others):
        return gathered
    return max(gathered, waiting.latest + place * TURN_S)


def place_of(agent: str, order: Sequence[str]) -> int:
    """Return the place of `agent` in `order`; one that is not in it comes last."""
    return order.index(agent) if agent in order else len(order)


def _is_applied(generations: Mapping[str, int], others: Mapping[str, int]) -> bool:
    return bool(generations) and all(
        others.get(gateway, -1) >= generation for gateway, generation in generations.items()
    )
