"""What the records of a run say: pure functions from records to numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vamp.demo.binomial import is_by_chance
from vamp.demo.ledger import Caller, RequestRecord

WHOLE: Final = 10_000
"""All traffic, in hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class StepSpan:
    """A time during which every agent served by one step's split.

    Attributes:
        release: number of the release.
        step: name of the step.
        target: version that is released.
        target_weight: hundredths of a percent.
        start: when the split was live on every agent, seconds since the epoch.
        end: when the next split was asked for.
    """

    release: int
    step: str
    target: str
    target_weight: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class StepShare:
    """How the requests of one span were split. Testers are left out: their policy sends them.

    Attributes:
        span: which span.
        visits: version → requests of visitors without cookies, each drawn anew.
        users: version → users whose requests it answered; a user of two versions is in both.
        answered: version → requests of visitors and users together.
    """

    span: StepSpan
    visits: Mapping[str, int]
    users: Mapping[str, int]
    answered: Mapping[str, int]

    @property
    def share(self) -> float:
        """The target's part of all ordinary requests, from 0 to 1."""
        total = sum(self.answered.values())
        return self.answered.get(self.span.target, 0) / total if total else 0.0

    @property
    def is_within_bounds(self) -> bool:
        """Whether chance explains the difference from the step's weight.

        Visitors' requests are independent draws, and so are users; the requests of one user are
        not, so each user counts once.
        """
        target, weight = self.span.target, self.span.target_weight / WHOLE
        return bool(self.visits) and all(
            is_by_chance(drawn.get(target, 0), sum(drawn.values()), weight)
            for drawn in (self.visits, self.users)
        )


@dataclass(frozen=True, slots=True)
class TakenOff:
    """Users who had the target's version and then another one while its weight only rose.

    Attributes:
        users: names of those for whom it happened through one and the same agent, or through any
            agents at all once the split that they had seen was live on every agent.
        between_agents: names of those who met an agent that had not yet taken over a split, after
            one that had. It lasts until the split is live everywhere.
    """

    users: frozenset[str]
    between_agents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of whole answers, in milliseconds."""

    p50: float
    p95: float
    p99: float


def share_in(span: StepSpan, records: Iterable[RequestRecord]) -> StepShare:
    """Return how the requests that lie wholly within `span` were split."""
    within = [
        each
        for each in records
        if span.start <= each.sent_at
        and each.ended_at < span.end
        and each.version
        and each.caller is not Caller.TESTER
    ]
    pairs = {(each.user, each.version) for each in within if each.user}
    return StepShare(
        span=span,
        visits=Counter(each.version for each in within if not each.user),
        users=Counter(version for _, version in pairs),
        answered=Counter(each.version for each in within),
    )


def failed_outside(broken: str, records: Iterable[RequestRecord]) -> tuple[RequestRecord, ...]:
    """Return the failed requests that were not answered by version `broken` itself.

    A request without an answer counts: nobody knows which version it would have met.
    """
    return tuple(each for each in records if each.has_failed and each.version != broken)


def taken_off(target: str, spans: Sequence[StepSpan], records: Iterable[RequestRecord]) -> TakenOff:
    """Return the users taken off `target` from the first of its `spans` to the end of the last.

    Args:
        target: version whose weight only rose during that time.
        spans: of one release, in order.
        records: in any order.
    """
    if not spans:
        return TakenOff(frozenset(), frozenset())
    begin, end = spans[0].start, spans[-1].end
    # In the order of sending, which for one user is the order of answers too.
    seen = sorted(
        (
            each
            for each in records
            if each.user and each.version and begin <= each.sent_at and each.ended_at < end
        ),
        key=lambda each: each.sent_at,
    )
    had: dict[str, dict[str, float]] = {}
    users, between = set(), set()
    for each in seen:
        agents = had.setdefault(each.user, {})
        if each.version == target:
            agents.setdefault(each.agent, each.sent_at)
        elif each.agent in agents or _is_live_since(agents, each, spans):
            users.add(each.user)
        elif agents:
            between.add(each.user)
    return TakenOff(frozenset(users), frozenset(between))


def _is_live_since(
    agents: Mapping[str, float], record: RequestRecord, spans: Sequence[StepSpan]
) -> bool:
    """Tell whether a split that gave the user the target was live everywhere before `record`."""
    if not agents:
        return False
    first = min(agents.values())
    # The split that gave it is that of the span it lies in, or of the next one to go live.
    live_at = next((span.start for span in spans if first < span.end), math.inf)
    return record.sent_at >= live_at


def latency(records: Iterable[RequestRecord]) -> Latency | None:
    """Return the percentiles of the requests that got a whole answer; None if none did."""
    times = sorted(each.latency_ms for each in records if not each.failure)
    if not times:
        return None
    return Latency(*(times[max(0, math.ceil(len(times) * p / 100) - 1)] for p in (50, 95, 99)))


def last_answer_of(target: str, after: float, records: Iterable[RequestRecord]) -> float | None:
    """Return when the last request that `target` got after a moment was answered; None for none.

    The proxy chose the version before that, so a time up to this is never too short.
    """
    times = (each.ended_at for each in records if each.version == target and each.ended_at > after)
    return max(times, default=None)


def rate(records: Sequence[RequestRecord]) -> float:
    """Return requests a second from the first to the last that was sent."""
    if len(records) < 2:
        return 0.0
    first, last = (pick(each.sent_at for each in records) for pick in (min, max))
    return (len(records) - 1) / (last - first) if last > first else 0.0


def lowest_rate(records: Sequence[RequestRecord], window_s: float) -> float:
    """Return the lowest rate of requests in any whole `window_s` since the first, side by side."""
    if not records:
        return 0.0
    first, last = (pick(each.sent_at for each in records) for pick in (min, max))
    windows = int((last - first) // window_s)
    counts = Counter(int((each.sent_at - first) // window_s) for each in records)
    return min((counts[index] / window_s for index in range(windows)), default=0.0)
