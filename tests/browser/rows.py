"""An environment as it looks in the middle of its second release, for the browser and its eyes."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateways.models import Gateway
from policies.documents.read import policy_from_value
from policies.domain.effects import ROLLBACK, Outcome, SetWeights
from policies.domain.machine import Applied, advance, begin
from policies.domain.policy import Policy
from policies.domain.state import Phase, State
from policies.models import Evaluation, PolicyVersion, Release
from tenants.connections import metrics_for
from tenants.models import Environment
from tests.factories import (
    AgentFactory,
    AppliedFactory,
    DecisionFactory,
    HookDeliveryFactory,
    InstanceFactory,
    PolicyFactory,
    PolicyVersionFactory,
    ReleaseFactory,
    ServiceFactory,
    VersionFactory,
    audit_entry_in,
    event_in,
    gateway_with,
)
from vamp.ports.metrics import LATENCY_BOUNDS_MS, Rollup
from vamp.traffic import histogram_index

STEPS: list[dict[str, Any]] = [
    {
        "name": name,
        "target": {"weight": weight},
        "conditions": [
            {"name": "success", "metric": "success_ratio", "operator": ">=", "baseline": 0.99,
             "window": "20s", "interval": "5s", "minimumSamples": 500, "successes": 3},
            {"name": "latency", "metric": "latency_p95", "operator": "<=",
             "baseline": baseline, "window": "20s", "interval": "5s",
             "minimumSamples": 500},
        ],
    }
    for name, weight, baseline in (
        ("a-tenth", "10%", {"source": {"ratio": 1.2}}),
        ("half", "50%", {"source": {"ratio": 1.2}}),
        ("everything", "100%", 60),
    )
]  # fmt: skip
CANARY = {"kind": "ReleasePolicy", "name": "canary", "steps": STEPS}


def busy_environment(environment: Environment, now: datetime) -> Gateway:
    """Fill `environment` and return its gateway ``shop``, whose release 2 is half way."""
    _services(environment, now)
    gateway = gateway_with(
        environment,
        {"1.0.0": 0, "1.1.0": 5_000, "1.2.0": 5_000},
        title="Web shop",
        policy="canary",
        generation=412,
        published_generation=412,
        options={"sticky": "cookie"},
        selector="label(app)(shop) && label(version)((.*))",
    )
    quiet = gateway_with(environment, {"1.1.0": 10_000}, name="internal", generation=7)
    for name in ("vga-1", "vga-2"):
        agent = AgentFactory.create(
            environment=environment,
            name=name,
            address=f"127.0.0.{name[-1]}",
            reported_at=now,
            complete_until=now,
            started_at=now - timedelta(hours=3),
        )
        applied = now - timedelta(seconds=30)
        AppliedFactory.create(
            environment=environment, agent=agent, generation=412, applied_at=applied
        )
    _releases(environment, gateway, now)
    _traffic(environment, now)
    event_in(environment, "gateways.weights.changed", emitted_at=now - timedelta(seconds=40))
    event_in(
        environment,
        "gateways.version.appeared",
        payload={"service": "shop", "version": "1.2.0"},
        emitted_at=now - timedelta(minutes=4),
    )
    event_in(environment, payload={"gateway": quiet.name}, emitted_at=now - timedelta(hours=2))
    audit_entry_in(
        environment, at=now - timedelta(minutes=9), actor="acme/ana", verb="weights.changed"
    )
    return gateway


def _services(environment: Environment, now: datetime) -> None:
    shop = ServiceFactory.create(environment=environment)
    for version, ready, wanted in (
        ("1.0.0", 0, 0),
        ("1.1.0", 2, 2),
        ("1.2.0", 1, 2),
        ("1.10.0-rc.1", 0, 1),
    ):
        row = VersionFactory.create(
            environment=environment, service=shop, name=version, desired=wanted
        )
        for number in range(wanted):
            InstanceFactory.create(
                environment=environment,
                version=row,
                uid=f"shop-{version}-{number}",
                port=9000 + number,
                is_ready=number < ready,
                reason="" if number < ready else "readiness probe: connection refused",
                since=now - timedelta(minutes=5 + number),
            )


def _releases(environment: Environment, gateway: Gateway, now: datetime) -> None:
    policy = PolicyFactory.create(environment=environment)
    version = PolicyVersionFactory.create(environment=environment, policy=policy, document=CANARY)
    plan = policy_from_value(CANARY).plan
    _ended(environment, gateway, version, plan, now - timedelta(minutes=40))
    started = now - timedelta(minutes=3)
    state = begin(plan, started).state
    live = started + timedelta(minutes=1)
    state = replace(
        state,
        step=1,
        step_since=live,
        weights=SetWeights.for_step(1, plan.steps[1]),
        reason="the split of step half is live on every agent",
    )
    state = advance(plan, state, (), now, applied=Applied(state.weights.id, live)).state
    success, latency = state.progress
    state = replace(state, progress=(replace(success, successes=2), latency))
    release = ReleaseFactory.create(
        environment=environment,
        gateway=gateway,
        number=2,
        policy_version=version,
        source="shop-1.1.0",
        target="shop-1.2.0",
        source_version="1.1.0",
        target_version="1.2.0",
        state=state.to_value(),
        step=1,
        reason=state.reason,
        started_at=started,
        started_by="vamp:release-agent",
    )
    _evaluations(environment, release, 0, started, 10)
    _evaluations(environment, release, 1, live, 23, thin=True)
    HookDeliveryFactory.create(
        environment=environment, release=release, delivered_at=started, attempts=1
    )
    for seconds, sentence in (
        (180, "the release began with step a-tenth"),
        (175, "the split of step a-tenth is live on every agent"),
        (125, "step a-tenth is done: every critical condition passed"),
        (120, state.reason),
    ):
        DecisionFactory.create(
            environment=environment,
            release=release,
            at=now - timedelta(seconds=seconds),
            sentence=sentence,
            actor="vamp:release-agent",
        )


def _ended(
    environment: Environment, gateway: Gateway, version: PolicyVersion, plan: Policy, at: datetime
) -> None:
    reason = "step a-tenth failed: success: success_ratio is 81.2%, not as wanted: at least 99%"
    state: State = replace(
        begin(plan, at).state,
        phase=Phase.ROLLED_BACK,
        weights=ROLLBACK,
        reason=reason,
        outcome=Outcome.ROLLED_BACK,
    )
    ReleaseFactory.create(
        environment=environment,
        gateway=gateway,
        policy_version=version,
        number=1,
        active=None,
        status="rolled_back",
        state=state.to_value(),
        reason=reason,
        started_at=at,
        ended_at=at + timedelta(seconds=22),
        started_by="vamp:release-agent",
    )


def _evaluations(
    environment: Environment,
    release: Release,
    step: int,
    start: datetime,
    count: int,
    *,
    thin: bool = False,
) -> None:
    rows = []
    for number in range(count):
        end = start + timedelta(seconds=5 * (number + 1))
        wave = math.sin(number / 2)
        common = {"environment": environment, "release": release, "step": step, "at": end,
                  "window_start": end - timedelta(seconds=20), "window_end": end}  # fmt: skip
        rows.append(Evaluation(
            **common, condition="success", metric="success_ratio", verdict="pass",
            value=0.996 + 0.002 * wave, baseline=0.99, samples=640,
            sentence=f"success: success_ratio is {99.6 + 0.2 * wave:.2f}%, as wanted: at least 99% over 20s (640 samples)",
        ))  # fmt: skip
        is_thin = thin and number > count - 4
        rows.append(Evaluation(
            **common, condition="latency", metric="latency_p95",
            verdict="inconclusive" if is_thin else "pass", value=42 + 4 * wave,
            baseline=None if is_thin else 51 + wave, samples=412 if is_thin else 640,
            sentence="latency: 412 of 500 samples, about 5s to go" if is_thin else
            "latency: latency_p95 is 42 ms, as wanted: at most 51 ms from the source over 20s (640 samples)",
        ))  # fmt: skip
    Evaluation.objects.using(environment.database).bulk_create(rows)


def _traffic(environment: Environment, now: datetime) -> None:
    rollups = []
    start = now - timedelta(minutes=11)
    for number in range(132):
        at = start + timedelta(seconds=5 * number)
        age = (now - at).total_seconds()
        target = 0.0 if age > 180 else 0.1 if age > 120 else 0.5
        total = 600 + 60 * math.sin(number / 9)
        for version, share in (("1.1.0", 1 - target), ("1.2.0", target)):
            if share:
                rollups.append(_rollup(version, at, round(total * share)))
    metrics_for(environment).write(rollups)


def _rollup(version: str, at: datetime, count: int) -> Rollup:
    histogram = [0] * (len(LATENCY_BOUNDS_MS) + 1)
    histogram[histogram_index(20)] = count * 9 // 10
    histogram[histogram_index(45)] = count - count * 9 // 10
    return Rollup(
        id=f"vga-1/b/{at.timestamp()}/shop/{version}",
        agent="vga-1",
        gateway="shop",
        route=f"shop-{version}",
        service="shop",
        version=version,
        start=at,
        seconds=5,
        count=count,
        statuses=(0, count - count // 300, 0, 0, count // 300, 0),
        errors=count // 300,
        bytes_out=count * 900,
        latency_sum_ms=count * 22.0,
        latency_histogram=tuple(histogram),
    )
