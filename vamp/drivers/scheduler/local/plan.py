"""Which instances to start and which to stop, so that what runs becomes what is wanted. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Running:
    """One instance of a version, not yet on its way out.

    Attributes:
        uid: its name.
        is_current: started for the present definition and restart wish.
        is_ready: receives traffic.
    """

    uid: str
    is_current: bool
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now.

    Attributes:
        start: how many instances to start.
        stop: uids of instances to drain and stop.
    """

    start: int = 0
    stop: tuple[str, ...] = ()


def plan(wanted: int, running: Sequence[Running]) -> Plan:
    """Return the next steps for one version; repeat it after each change.

    Outdated instances are replaced one after the other: one more is started, and once it is ready
    one outdated instance stops. So a replacement that never becomes ready stops nothing that
    serves, and never more than one instance above `wanted` runs. Outdated instances that are not
    ready serve nobody and go at once.

    Args:
        wanted: how many instances should run.
        running: oldest first.
    """
    current = [one for one in running if one.is_current]
    outdated = [one for one in running if not one.is_current and one.is_ready]
    stop = [one.uid for one in running if not one.is_current and not one.is_ready]
    surplus = len(current) - wanted
    if surplus > 0:
        stop += [one.uid for one in _least_useful_first(current)[:surplus]]
    kept = min(len(current), wanted)
    missing = wanted - kept - len(outdated)
    if missing >= 0:
        replacing = bool(outdated) and missing == 0 and all(one.is_ready for one in current)
        return Plan(start=missing + replacing, stop=tuple(stop))
    ready = sum(one.is_ready for one in current)
    superfluous = len(outdated) - max(0, wanted - ready)
    stop += [one.uid for one in outdated[: max(0, superfluous)]]
    return Plan(start=0, stop=tuple(stop))


def _least_useful_first(current: Sequence[Running]) -> list[Running]:
    youngest_first = list(reversed(current))
    return sorted(youngest_first, key=lambda one: one.is_ready)
