"""Why a request goes where it goes: what HAProxy does with it, told step by step. Pure.

`explain` answers as HAProxy does for the same configurations; the tests hold the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateways.domain.bucket import bucket
from gateways.domain.condition.evaluation import evaluate
from gateways.domain.request import Request
from gateways.haproxy.config import (
    COHORT_COOKIE,
    MOST_NESTED,
    GatewayConfig,
    Route,
    Sticky,
)
from gateways.haproxy.rules import COHORT_PATTERN

_MOST_WILDCARD_LABELS: Final = 4


class Outcome(StrEnum):
    """How it ends: at a route, or with one of our own pages."""

    ROUTED = "routed"
    UNKNOWN_HOST = "unknown-host"
    NO_ROUTE = "no-route"
    TOO_DEEP = "too-deep"


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw of a bucket.

    Attributes:
        name: of the draw, which is its salt: ``<gateway>`` or ``<gateway>/<route>``.
        cohort: what the bucket was taken from; None where it was drawn at random.
        bucket: 0–9999.
    """

    name: str
    cohort: str | None
    bucket: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one gateway did with the request.

    Attributes:
        gateway: its name.
        condition: route whose condition was the first to hold; None where none did.
        draws: in the order in which they decided.
        route: the route taken; None where the gateway has none to give.
        reason: the same in words.
    """

    gateway: str
    condition: str | None
    draws: tuple[Draw, ...]
    route: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole way of one request.

    Attributes:
        outcome: how it ends.
        steps: one a gateway passed, in order; empty where no gateway has the host.
        reason: the outcome in words.
    """

    outcome: Outcome
    steps: tuple[Step, ...]
    reason: str

    @property
    def route(self) -> str | None:
        """The last route taken, as ``<gateway>:<route>``; None without one."""
        step = self.steps[-1] if self.steps else None
        return f"{step.gateway}:{step.route}" if step and step.route else None


@dataclass(frozen=True, slots=True)
class Chance:
    """What HAProxy would draw by chance.

    Attributes:
        cohort: the cookie that a caller without one is given.
        bucket_of: name of a draw → bucket, for callers that nothing tells apart.
    """

    cohort: str
    bucket_of: Callable[[str], int]


def explain(
    configs: Mapping[str, GatewayConfig], request: Request, chance: Chance, *, entry: str = ""
) -> Explanation:
    """Return what HAProxy does with a request.

    Args:
        configs: every gateway of the environment that the request may come to, by name.
        request: taken apart.
        chance: what is drawn where the request decides nothing.
        entry: gateway whose own port it came to; empty for the shared port.
    """
    name = entry or gateway_for(configs.values(), request.host, request.path)
    if name is None:
        return Explanation(
            Outcome.UNKNOWN_HOST, (), "no gateway of the shared port has this host and path"
        )
    steps: list[Step] = []
    while name and name in configs and len(steps) < MOST_NESTED:
        step, name = _passed(configs[name], request, chance)
        steps.append(step)
        if step.route is None:
            return Explanation(Outcome.NO_ROUTE, tuple(steps), step.reason)
    return Explanation(*_end(name, configs, steps))


def gateway_for(configs: Iterable[GatewayConfig], host: str, path: str) -> str | None:
    """Return the gateway of the shared port that has `host` and `path`, or None.

    An exact host wins over wildcards, a longer wildcard over a shorter one, and within a host the
    longest path.
    """
    exact: dict[str, str] = {}
    wild: dict[str, str] = {}
    for config in configs:
        for one in config.hosts:
            (wild if one.is_wildcard else exact)[f"{one.host}{one.path}/"] = config.name
    host = host.rstrip(".")
    if found := _longest(exact, f"{host}{path}/"):
        return found
    labels = host.split(".")
    for count in range(1, min(len(labels), _MOST_WILDCARD_LABELS + 1)):
        if found := _longest(wild, f"{'.'.join(labels[count:])}{path}/"):
            return found
    return None


def _longest(names: Mapping[str, str], key: str) -> str | None:
    found = max((prefix for prefix in names if key.startswith(prefix)), key=len, default=None)
    return None if found is None else names[found]


def _passed(config: GatewayConfig, request: Request, chance: Chance) -> tuple[Step, str]:
    """Return what the gateway does, and the name of the gateway behind the route or nothing."""
    cohort = _cohort(config, request, chance)
    chosen = _first_that_holds(config, request)
    draws: list[Draw] = []
    route, reason = None, ""
    if chosen is not None and chosen.condition is not None:
        draws.append(_draw(f"{config.name}/{chosen.name}", cohort, chance))
        reason = f"the condition of {chosen.name} holds, "
        if draws[0].bucket < chosen.condition.strength:
            route, reason = chosen.name, f"{reason}and its strength takes bucket {draws[0].bucket}"
        else:
            reason += f"but its strength leaves bucket {draws[0].bucket} to the weights; "
    if route is None:
        draws.append(_draw(config.name, cohort, chance))
        route = config.layout.route_of(draws[-1].bucket)
        reason += f"by weight, bucket {draws[-1].bucket} belongs to {route or 'no route'}"
    step = Step(config.name, chosen.name if chosen else None, tuple(draws), route, reason)
    return step, next((one.gateway for one in config.routes if one.name == route), "")


def _first_that_holds(config: GatewayConfig, request: Request) -> Route | None:
    return next(
        (
            route
            for route in config.conditional_routes
            if route.condition and evaluate(route.condition.expression, request)
        ),
        None,
    )


def _cohort(config: GatewayConfig, request: Request, chance: Chance) -> str | None:
    kind = config.sticky.kind
    if kind is Sticky.SOURCE:
        return request.source
    if kind is Sticky.COOKIE:
        held = [value for name, value in request.cookies if name == COHORT_COOKIE][-1:]
        return held[0] if held and re.fullmatch(COHORT_PATTERN, held[0]) else chance.cohort
    if kind is Sticky.HEADER:
        header = config.sticky.header.lower()
        found = next((value for name, value in request.headers if name == header), None)
        return None if found is None else _text(found)
    return None


def _text(value: str) -> str:
    """Return the text of bytes that stand as characters of the same number (`Request`)."""
    return value.encode("latin-1").decode("utf-8", "surrogateescape")


def _draw(name: str, cohort: str | None, chance: Chance) -> Draw:
    drawn = chance.bucket_of(name) if cohort is None else bucket(cohort, name)
    return Draw(name, cohort, drawn)


def _end(
    name: str, configs: Mapping[str, GatewayConfig], steps: list[Step]
) -> tuple[Outcome, tuple[Step, ...], str]:
    if not name:
        step = steps[-1]
        return Outcome.ROUTED, tuple(steps), f"it goes to route {step.route} of {step.gateway}"
    if name not in configs:
        return Outcome.NO_ROUTE, tuple(steps), f"there is no gateway {name}"
    return Outcome.TOO_DEEP, tuple(steps), f"more than {MOST_NESTED} gateways lead to each other"
