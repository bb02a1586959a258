"""Who gets how much: a gateway's routes as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateways.domain.condition import parse_condition, render_words
from gateways.models import Route
from gateways.models.route import WHOLE, TargetKind
from vamp.documents.units import format_percent
from vamp.errors import Invalid
from vamp.pages.split import Segment


@dataclass(frozen=True, slots=True)
class Change:
    """One route's share before and after.

    Attributes:
        label: name of the route; version: what its colour is derived from.
        before, after: hundredths of a percent.
    """

    label: str
    version: str
    before: int
    after: int

    @property
    def difference(self) -> str:
        """``+10%``, ``-2.5%`` or ``unchanged``."""
        if self.before == self.after:
            return "unchanged"
        sign = "+" if self.after > self.before else "−"
        return sign + format_percent(abs(self.after - self.before))


def colour_key(route: Route) -> str:
    """Return what a route's colour is derived from: its version, or its name where it has none."""
    return route.version or route.name


def segments(routes: Iterable[Route]) -> Sequence[Segment]:
    """Return the shares of `routes` in their order."""
    return [Segment(route.name, colour_key(route), route.weight) for route in routes]


def changes(routes: Iterable[Route], weights: Mapping[str, int]) -> Sequence[Change]:
    """Return what `weights` would change of the present shares."""
    return [
        Change(route.name, colour_key(route), route.weight, weights.get(route.name, 0))
        for route in routes
    ]


def after(planned: Iterable[Change]) -> Sequence[Segment]:
    """Return the shares once `planned` is done."""
    return [Segment(change.label, change.version, change.after) for change in planned]


def moved(planned: Iterable[Change]) -> int:
    """Return how much of the traffic changes its route, in hundredths of a percent."""
    return sum(max(0, change.after - change.before) for change in planned)


def target_words(route: Route) -> str:
    """Return where a route leads: ``shop 1.1.0``, ``gateway api``, ``10.0.0.7:80``."""
    if route.kind == TargetKind.SERVICE:
        return f"{route.service} {route.version}"
    if route.kind == TargetKind.GATEWAY:
        return f"gateway {route.target_gateway}"
    return ", ".join(route.addresses)


def condition_words(route: Route) -> str:
    """Return in words which requests a route takes beside its weight; empty for none."""
    if not route.condition:
        return ""
    try:
        words = render_words(parse_condition(route.condition))
    except Invalid:
        # Written by a newer Vamp: show it as it is rather than nothing.
        words = route.condition
    part = (
        "every request"
        if route.strength == WHOLE
        else f"{format_percent(route.strength)} of requests"
    )
    return f"{part} where {words}"
