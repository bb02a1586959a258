"""The Release Agent's machine run over readings that were written down, line by line.

The lines are all that happened: verdicts, states, splits, hooks, the end. The clock is the
readings' own; nothing is asked of anyone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from policies.domain.effects import CallHooks, Finished, SetWeights
from policies.domain.intervention import Intervention, intervene
from policies.domain.machine import Applied, advance, begin, needed_windows
from policies.domain.policy import Policy
from policies.domain.reading import Reading, WindowRequest, unanswered
from policies.domain.simulated_traffic import Side, summed
from policies.domain.state import State
from policies.domain.transitions import Decision
from policies.domain.verdict import Evaluation
from vamp.errors import VampError


@dataclass(frozen=True, slots=True)
class Tick:
    """What was known at one moment, and what was seen since the moment before.

    Attributes:
        at: aware UTC, later than that of the tick before.
        target: the target's traffic since the tick before; None where nobody told.
        source: the source's likewise.
        is_applied: the split that was last asked for is live on every agent.
        is_complete: every agent has told all that it saw up to `at`.
        behind: names of agents that have not.
        has_dropped: log lines since the tick before are lost.
        error: why the metrics could not be asked for; empty where they could.
        interventions: what people asked for at this moment.
    """

    at: datetime
    target: Side | None = None
    source: Side | None = None
    is_applied: bool = True
    is_complete: bool = True
    behind: tuple[str, ...] = ()
    has_dropped: bool = False
    error: str = ""
    interventions: tuple[Intervention, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """An intervention that the release was in no state for."""

    action: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Something was decided, or the split went live."""

    sentence: str


Happening = Evaluation | Decided | SetWeights | CallHooks | Finished | Refused


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened.

    Attributes:
        at: when, aware UTC.
        what: it.
        state: of the release right after it.
    """

    at: datetime
    what: Happening
    state: State


def simulate(policy: Policy, ticks: Sequence[Tick]) -> Iterator[Line]:
    """Yield all that happens when a release by `policy` begins at the first of the `ticks`.

    Ends with the release, or with the ticks; ``state`` of the last line tells which.

    Args:
        policy: the plan.
        ticks: in order of time.
    """
    if not ticks:
        return
    decision = begin(policy, ticks[0].at)
    yield from _lines(ticks[0].at, decision)
    state, known_until = decision.state, ticks[0].at
    for count, tick in enumerate(ticks, start=1):
        for intervention in tick.interventions:
            lines, state = _intervened(policy, state, intervention, tick.at)
            yield from lines
        if tick.is_complete:
            known_until = tick.at
        for line in _advanced(policy, state, _Past(ticks, count, known_until)):
            state = line.state
            yield line
        if state.phase.is_over:
            return


def _intervened(
    policy: Policy, state: State, intervention: Intervention, now: datetime
) -> tuple[list[Line], State]:
    try:
        decision = intervene(policy, state, intervention, now)
    except VampError as error:
        refused = Refused(intervention.action.value, error.message)
        return [Line(now, refused, state)], state
    return list(_lines(now, decision)), decision.state


@dataclass(frozen=True, slots=True)
class _Past:
    """The first `count` ticks, and up to when all agents have told all that they saw."""

    ticks: Sequence[Tick]
    count: int
    known_until: datetime

    @property
    def now(self) -> Tick:
        return self.ticks[self.count - 1]

    def spans(self, start: datetime, end: datetime) -> list[tuple[Tick, timedelta]]:
        """Return the ticks after `start` up to `end`, newest first, each with its length."""
        found = []
        for index in range(self.count - 1, 0, -1):
            tick = self.ticks[index]
            if tick.at <= start:
                break
            if tick.at <= end:
                found.append((tick, tick.at - self.ticks[index - 1].at))
        return found


def _advanced(policy: Policy, state: State, past: _Past) -> Iterator[Line]:
    """Advance until nothing more follows at this moment; a step's end leads on to the next."""
    now, told = past.now.at, set[WindowRequest]()
    while not state.phase.is_over:
        readings = [_reading(policy, each, past) for each in needed_windows(policy, state, now)]
        applied = Applied(state.weights.id, now) if past.now.is_applied else None
        decision = advance(policy, state, readings, now, applied=applied)
        for line in _lines(now, decision):
            if not isinstance(line.what, Evaluation) or line.what.request not in told:
                yield line
        told.update(each.request for each in decision.evaluations)
        if decision.state == state:
            return
        state = decision.state


def _lines(now: datetime, decision: Decision) -> Iterator[Line]:
    happenings: list[Happening] = [
        *decision.evaluations,
        *(Decided(reason) for reason in decision.reasons),
        *decision.effects,
    ]
    for happening in happenings:
        yield Line(now, happening, decision.state)


def _reading(policy: Policy, request: WindowRequest, past: _Past) -> Reading:
    if past.now.error:
        return unanswered(request, past.now.error)
    conditions = policy.steps[request.step].conditions
    metric = next(each.metric for each in conditions if each.name == request.condition)
    spans = past.spans(request.start, request.end)
    target = summed(metric, [(tick.target, length) for tick, length in spans])
    source = summed(metric, [(tick.source, length) for tick, length in spans])
    is_complete = request.end <= past.known_until
    return Reading(
        request=request,
        value=target.value,
        samples=target.samples,
        source_value=source.value if request.needs_source else None,
        source_samples=source.samples if request.needs_source else 0,
        is_complete=is_complete,
        behind=() if is_complete else past.now.behind,
        has_dropped=any(tick.has_dropped for tick, _ in spans),
    )
