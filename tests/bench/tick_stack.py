"""``tick.stack.100x3``: one tick of the Release Agent on MariaDB and Elasticsearch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from typing import Any, Final

from django.core.management import call_command
from django.utils import timezone

from gateways.models import Agent, AppliedGeneration, Gateway
from policies.documents.read import policy_from_value
from policies.models import Evaluation, Release
from policies.services.documents import put_policy
from policies.services.releases import start_release
from policies.services.ticking import tick
from tenants.models import Environment
from tenants.services.tenancy import create_environment, create_organisation
from tests.bench import stack
from tests.bench.measurement import Measurement, Target, rounded
from tests.bench.running import Tell, timed_ms
from tests.factories import AgentFactory, gateway_with
from vamp.ports.checks import Checked
from vamp.ports.metrics import HISTOGRAM_SIZE, MetricsStore, Rollup, Tally, Traffic, Window
from vamp.wiring import metrics_from_url

ACTOR: Final = "vamp:bench"
ORGANISATION: Final = "tick"
"""Of its own: other benches of the run have made one in the same database."""

ENVIRONMENT: Final = "run"
AGENTS: Final = ("vga-1", "vga-2")
VERSIONS: Final = ("1.0.0", "1.1.0")
SPAN_S: Final = 5
TOLD_S: Final = 600
"""What the agents have told of: 120 spans a route and agent."""

ROUNDS: Final = 15

_CONDITIONS: Final = (
    {"metric": "error_ratio", "operator": "<=", "baseline": 0.05},
    {"metric": "latency_p95", "operator": "<=", "baseline": 500, "window": "30s"},
    {"metric": "request_rate", "operator": ">=", "baseline": 1},
)


def measure(releases: int, tell: Tell) -> Measurement:
    """Tick while every condition of `releases` is due, by turns with the question alone."""
    tell("migrating")
    call_command("migrate", verbosity=0, interactive=False)
    environment = _environment()
    tell(f"starting {releases} releases")
    gateways = _releases(environment, releases)
    now = timezone.now()
    store = metrics_from_url(
        stack.metrics_url(), database="", organisation=ORGANISATION, environment=ENVIRONMENT
    )
    tell("writing rollups")
    for back_s in range(0, TOLD_S, SPAN_S):
        store.write(_rollups(gateways, now + timedelta(seconds=120 - back_s)))
    _report(environment, gateways, now)
    tick(environment, now, store)  # every split is live from here
    asking = _Timed(store)
    samples, questions = [], []
    for number in range(ROUNDS):
        tell(f"tick {number + 1} of {ROUNDS}")
        now += timedelta(seconds=10 if number == 0 else 1)
        _report(environment, gateways, now)
        samples.append(timed_ms(partial(tick, environment, now, asking)))
        questions.append(asking.took_ms)
    judged = Evaluation.objects.in_environment(environment).count()
    running = Release.objects.in_environment(environment).filter(active=True).count()
    return Measurement(
        samples[1:],
        "ms",
        questions[1:],
        Target(500),
        is_right=asking.calls == ROUNDS and running == releases,
        more={
            "windows": asking.windows,
            "metrics_ms": rounded(median(questions[1:])),
            "evaluations": judged,
        },
    )


class _Timed:
    """The metrics store, with what the last question was."""

    def __init__(self, store: MetricsStore) -> None:
        self._store = store
        self.took_ms = 0.0
        self.windows = 0
        self.calls = 0

    def traffic(self, windows: Sequence[Window]) -> Sequence[Traffic]:
        """See the port."""
        begun = time.perf_counter()
        found = self._store.traffic(windows)
        self.took_ms = (time.perf_counter() - begun) * 1000
        self.windows, self.calls = len(windows), self.calls + 1
        return found

    def write(self, rollups: Sequence[Rollup]) -> None:
        """See the port."""
        self._store.write(rollups)

    def series(self, window: Window, *, step_s: float) -> Sequence[tuple[datetime, str, Traffic]]:
        """See the port."""
        return self._store.series(window, step_s=step_s)

    def places(self) -> Sequence[str]:
        """See the port."""
        return self._store.places()

    def tallies(self, *, step_s: float) -> Mapping[datetime, Tally]:
        """See the port."""
        return self._store.tallies(step_s=step_s)

    def rollups(self, start: datetime, end: datetime) -> Iterator[Rollup]:
        """See the port."""
        return self._store.rollups(start, end)

    def prune(self, *, before: datetime) -> int:
        """See the port."""
        return self._store.prune(before=before)

    def check(self) -> Checked:
        """See the port."""
        return self._store.check()

    def prepare(self) -> None:
        """See the port."""
        self._store.prepare()


def _environment() -> Environment:
    return create_environment(
        create_organisation(ORGANISATION, actor=ACTOR), ENVIRONMENT, actor=ACTOR
    )


def _releases(environment: Environment, count: int) -> list[str]:
    policy: dict[str, Any] = {
        "kind": "ReleasePolicy",
        "name": "canary",
        "window": "10s",
        "interval": "1s",
        "minimumSamples": 10,
        "successes": 1_000,
        "promote": False,
        "steps": [{"target": {"weight": "10%"}, "conditions": list(_CONDITIONS)}],
    }
    put_policy(environment, policy_from_value(policy).document, actor=ACTOR)
    weights = {VERSIONS[0]: 10_000, VERSIONS[1]: 0}
    names = [f"shop-{number}" for number in range(count)]
    for name in names:
        gateway = gateway_with(environment, weights, name=name, policy="canary")
        start_release(gateway, target=f"shop-{VERSIONS[1]}", actor=ACTOR)
    return names


def _rollups(gateways: Sequence[str], start: datetime) -> list[Rollup]:
    histogram = tuple(100 if place == 8 else 0 for place in range(HISTOGRAM_SIZE))
    return [
        Rollup(
            id=f"{agent}/b/{start.isoformat()}/{gateway}/{version}/0",
            agent=agent,
            gateway=gateway,
            route=f"shop-{version}",
            service="shop",
            version=version,
            start=start,
            seconds=float(SPAN_S),
            count=100,
            statuses=(0, 99, 0, 0, 1, 0),
            errors=1,
            bytes_out=41_200,
            latency_sum_ms=1_400.0,
            latency_histogram=histogram,
        )
        for gateway in gateways
        for version in VERSIONS
        for agent in AGENTS
    ]


def _report(environment: Environment, gateways: Sequence[str], now: datetime) -> None:
    """Let every agent say that it serves everything, and how far it has counted."""
    found = Agent.objects.in_environment(environment)
    if found.exists():
        found.update(reported_at=now, complete_until=now + timedelta(seconds=1))
        return
    generations = dict(
        Gateway.objects.in_environment(environment).values_list("name", "generation")
    )
    for name in AGENTS:
        agent = AgentFactory.create(
            environment=environment, name=name, reported_at=now, complete_until=now
        )
        AppliedGeneration.objects.using(environment.database).bulk_create(
            AppliedGeneration(
                environment=environment,
                agent=agent,
                gateway=gateway,
                generation=generations[gateway],
                applied_at=now,
            )
            for gateway in gateways
        )
