"""The Release Agent's tick: every running release, with a constant number of questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from prometheus_client import Counter, Histogram

from gateways.models import Agent, AppliedGeneration, Route
from gateways.selectors import agents_in
from policies.domain.intervention import Action, Intervention, intervene
from policies.domain.machine import Applied, advance, needed_windows
from policies.domain.policy import Policy
from policies.domain.reading import Coverage, Reading, WindowRequest, reading_of, unanswered
from policies.domain.state import State
from policies.domain.transitions import Decision
from policies.models import Release
from policies.selectors import plan_of, releases_in
from policies.services.keeping import ACTOR, is_quiet, keep, keep_quiet
from tenants.connections import metrics_for
from tenants.models import Environment
from vamp.errors import VampError
from vamp.ports.errors import PortError
from vamp.ports.metrics import MetricsStore, Traffic, Window

TICK_SECONDS = Histogram(
    "vamp_release_tick_seconds",
    "How long it took to look at the running releases of one environment, in seconds.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
VERDICTS = Counter("vamp_release_verdicts", "Evaluations of conditions, by verdict.", ["verdict"])


QUIET_AT_ONCE = 100
"""Releases whose evidence is kept in one transaction: their rows are locked until it ends."""


@dataclass(frozen=True, slots=True)
class Work:
    """One release at this tick: its row, plan, state, and the windows that it asks for."""

    release: Release
    plan: Policy
    state: State
    requests: tuple[WindowRequest, ...]


def tick(environment: Environment, now: datetime, metrics: MetricsStore | None = None) -> int:
    """Look at every running release of `environment` once.

    Cost: five queries and one question to the metrics store, however many releases; one statement
    for each whose evidence has grown, and further ones where something is decided.

    Args:
        environment: whose releases.
        now: aware UTC.
        metrics: the environment's metrics store; opened where it is not given.

    Returns:
        How many releases something was written for.
    """
    with TICK_SECONDS.time():
        return _tick(environment, now, metrics)


def _tick(environment: Environment, now: datetime, metrics: MetricsStore | None) -> int:
    work = [_work(environment, release, now) for release in releases_in(environment).active()]
    if not work:
        return 0
    agents = list(agents_in(environment))
    applied = _applied(environment, work, agents, now)
    routes = _routes(environment, work)
    readings = _readings(metrics, environment, work, agents, now)
    written = 0
    quiet: list[tuple[Release, Decision]] = []
    for each in work:
        found = _look_at(each, readings[each.release.pk], applied.get(each.release.pk), routes, now)
        if isinstance(found, Decision):
            quiet.append((each.release, found))
        else:
            written += found
    for begun in range(0, len(quiet), QUIET_AT_ONCE):
        written += keep_quiet(environment, quiet[begun : begun + QUIET_AT_ONCE], now=now)
    return written


def _work(environment: Environment, release: Release, now: datetime) -> Work:
    release.environment = environment
    release.gateway.environment = environment
    plan = plan_of(release.policy_version)
    state = State.from_value(release.state)
    return Work(release, plan, state, needed_windows(plan, state, now))


def _look_at(
    work: Work,
    readings: Sequence[Reading],
    applied: Applied | None,
    routes: Mapping[int, frozenset[str]],
    now: datetime,
) -> bool | Decision:
    """Return whether something was written, or a decision that may be kept with others."""
    release = work.release
    missing = {release.source, release.target} - routes.get(release.gateway_id, frozenset())
    if missing and not work.state.phase.is_over:
        return _give_up(work, sorted(missing), now)
    decided = advance(work.plan, work.state, readings, now, applied=applied)
    for evaluation in decided.evaluations:
        VERDICTS.labels(evaluation.verdict).inc()
    evidence = {
        evaluation.request.condition: evaluation.sentence
        for evaluation in decided.evaluations
        if not evaluation.is_settled
    }
    if decided.state == work.state and not decided.effects and evidence == release.evidence:
        return False
    if is_quiet(decided):
        return decided
    return keep(release, work.plan, decided, actor=ACTOR, now=now)


def _give_up(work: Work, missing: Sequence[str], now: datetime) -> bool:
    """End a release whose source or target is gone; what is left of its routes stays as it is."""
    word = Intervention(Action.ABORT, ACTOR, f"route {' and '.join(missing)} is gone")
    state = work.state
    try:
        decided = intervene(work.plan, state, word, now)
    except VampError:
        decided = advance(work.plan, state, (), now, applied=Applied(state.weights.id, now))
    else:
        # Nothing is left to wait for: the routes that the split was about are not there.
        ended = advance(
            work.plan, decided.state, (), now, applied=Applied(decided.state.weights.id, now)
        )
        if not keep(work.release, work.plan, decided, actor=ACTOR, now=now):
            return False
        decided = ended
    return keep(work.release, work.plan, decided, actor=ACTOR, now=now)


def _routes(environment: Environment, work: Iterable[Work]) -> Mapping[int, frozenset[str]]:
    rows = Route.objects.in_environment(environment).filter(
        gateway_id__in=[each.release.gateway_id for each in work]
    )
    found: dict[int, set[str]] = {}
    for gateway_id, name in rows.values_list("gateway_id", "name"):
        found.setdefault(gateway_id, set()).add(name)
    return {gateway_id: frozenset(names) for gateway_id, names in found.items()}


def _applied(
    environment: Environment, work: Iterable[Work], agents: Sequence[Agent], now: datetime
) -> Mapping[int, Applied]:
    """Return, by release, since when every live agent serves by the split last asked for."""
    live = {agent.pk for agent in agents if _is_live(agent, now)}
    waiting = [each for each in work if each.state.live_at is None]
    if not live or not waiting:
        return {}
    rows: dict[str, dict[int, AppliedGeneration]] = {}
    for row in AppliedGeneration.objects.in_environment(environment).filter(
        gateway__in=[each.release.gateway.name for each in waiting], agent_id__in=live
    ):
        rows.setdefault(row.gateway, {})[row.agent_id] = row
    found = {}
    for each in waiting:
        there = rows.get(each.release.gateway.name, {})
        generation = each.release.weights_generation
        if all(pk in there and there[pk].generation >= generation for pk in live):
            at = max(there[pk].applied_at for pk in live)
            found[each.release.pk] = Applied(each.state.weights.id, min(at, now))
    return found


def _is_live(agent: Agent, now: datetime) -> bool:
    return now - agent.reported_at <= timedelta(seconds=settings.VAMP.agent_timeout_s)


def coverage_of(request: WindowRequest, agents: Sequence[Agent], now: datetime) -> Coverage:
    """Return how much the agents have told of a window.

    An agent that died within the window, or lost log lines in it, makes it unusable: what it served
    is not known. One that was gone before the window began does not matter to it.
    """
    live = [agent for agent in agents if _is_live(agent, now)]
    behind = [
        agent.name
        for agent in live
        if agent.complete_until is None or agent.complete_until < request.end
    ]
    died = any(
        agent not in live
        and agent.reported_at >= request.start
        and (agent.complete_until is None or agent.complete_until < request.end)
        for agent in agents
    )
    lost = any(
        agent.dropped_at is not None and request.start <= agent.dropped_at < request.end
        for agent in agents
    )
    return Coverage(bool(live) and not behind, tuple(sorted(behind)), died or lost)


def _readings(
    metrics: MetricsStore | None,
    environment: Environment,
    work: Sequence[Work],
    agents: Sequence[Agent],
    now: datetime,
) -> Mapping[int, Sequence[Reading]]:
    """Ask for the traffic of every needed window in one go."""
    windows: list[Window] = []
    for each in work:
        for request in each.requests:
            windows.append(_window(each.release, each.release.target, request))
            if request.needs_source:
                windows.append(_window(each.release, each.release.source, request))
    try:
        answers = iter((metrics or metrics_for(environment)).traffic(windows) if windows else ())
    except PortError as error:
        sentence = f"the metrics store does not answer: {error}"
        return {
            each.release.pk: [unanswered(request, sentence) for request in each.requests]
            for each in work
        }
    return {
        each.release.pk: [
            _reading(each, request, answers, coverage_of(request, agents, now))
            for request in each.requests
        ]
        for each in work
    }


def _reading(
    work: Work, request: WindowRequest, answers: Iterable[Traffic], coverage: Coverage
) -> Reading:
    taken = iter(answers)
    target = next(taken)
    source = next(taken) if request.needs_source else None
    condition = next(
        each for each in work.plan.steps[request.step].conditions if each.name == request.condition
    )
    return reading_of(request, condition, coverage, target=target, source=source)


def _window(release: Release, route: str, request: WindowRequest) -> Window:
    return Window(release.gateway.name, request.start, request.end, route=route)
