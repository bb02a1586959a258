"""Gateways that lead to gateways: loops among them, and chains too long to follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

MOST_NESTED: Final = 4
"""Gateways that a request passes at most, the first included."""


class Nesting:
    """The graph of gateways; edges to gateways that are not in it count for nothing.

    Everything here is linear in gateways and edges, but for `loops`, which goes through the rest
    of the graph again for each loop found. Nothing recurses.
    """

    def __init__(self, edges: Mapping[str, tuple[str, ...]]) -> None:
        self.edges = {
            name: tuple(dict.fromkeys(below for below in nested if below in edges))
            for name, nested in edges.items()
        }

    def loops(self) -> Iterator[tuple[str, ...]]:
        """Return loops, each gateway in one at most: ``("a", "b")`` for a → b → a."""
        left = {name: set(nested) for name, nested in self.edges.items()}
        while True:
            _peel(left)
            if not left:
                return
            loop = self._walk(left)
            yield loop
            for name in loop:
                del left[name]

    def too_deep(self) -> Iterator[tuple[str, ...]]:
        """Return, for each gateway that none leads to, its longest chain if that is too long."""
        longest: dict[str, tuple[int, str]] = {}
        for name in self._upwards():
            depths = [(longest[below][0], below) for below in self.edges[name] if below in longest]
            depth, below = max(depths, default=(0, ""))
            longest[name] = (depth + 1, below)
        led_to = {below for nested in self.edges.values() for below in nested}
        for name, (depth, _) in longest.items():
            if depth > MOST_NESTED and name not in led_to:
                yield _chain(name, longest)

    def _walk(self, left: Mapping[str, set[str]]) -> tuple[str, ...]:
        # Every gateway that is left leads to one that is left, so this must come back.
        path: dict[str, None] = {}
        name = next(iter(left))
        while name not in path:
            path[name] = None
            name = next(below for below in self.edges[name] if below in left)
        names = list(path)
        return tuple(names[names.index(name) :])

    def _upwards(self) -> Iterator[str]:
        """Return gateways after all those that they lead to, without any that reach a loop."""
        waiting = {name: len(nested) for name, nested in self.edges.items()}
        above: dict[str, list[str]] = {name: [] for name in self.edges}
        for name, nested in self.edges.items():
            for below in nested:
                above[below].append(name)
        ready = [name for name, count in waiting.items() if not count]
        while ready:
            name = ready.pop()
            yield name
            for upper in above[name]:
                waiting[upper] -= 1
                if not waiting[upper]:
                    ready.append(upper)


def _peel(left: dict[str, set[str]]) -> None:
    """Take away, again and again, the gateways that lead to none that is left."""
    above: dict[str, list[str]] = {}
    for name, nested in left.items():
        nested.intersection_update(left)
        for below in nested:
            above.setdefault(below, []).append(name)
    ends = [name for name, nested in left.items() if not nested]
    while ends:
        name = ends.pop()
        del left[name]
        for upper in above.get(name, ()):
            left[upper].discard(name)
            if not left[upper]:
                ends.append(upper)


def _chain(name: str, longest: Mapping[str, tuple[int, str]]) -> tuple[str, ...]:
    chain = [name]
    while below := longest[chain[-1]][1]:
        chain.append(below)
    return tuple(chain)
