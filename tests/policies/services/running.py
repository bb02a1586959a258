"""A release under way, with a metrics store that says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateways.models import Agent, AppliedGeneration, Gateway
from tests.factories import AgentFactory
from vamp.ports.metrics import HISTOGRAM_SIZE, Traffic, Window


@dataclass
class SaidTraffic:
    """Answers every window with the same traffic a route; counts how often it is asked."""

    errors: dict[str, int] = field(default_factory=dict)
    count: int = 1_000
    asked: int = 0

    def traffic(self, windows: Sequence[Window]) -> Sequence[Traffic]:
        self.asked += 1
        return [self._traffic(window) for window in windows]

    def _traffic(self, window: Window) -> Traffic:
        errors = self.errors.get(window.route or "", 0)
        histogram = [0] * HISTOGRAM_SIZE
        histogram[5] = self.count
        return Traffic(
            count=self.count,
            statuses=(0, self.count - errors, 0, 0, errors, 0),
            errors=errors,
            latency_sum_ms=5.0 * self.count,
            latency_histogram=tuple(histogram),
        )


def serve(environment, gateway: Gateway, now: datetime, *, name: str = "vga-1") -> Agent:
    """Let an agent report at `now` that it serves the gateway's newest generation."""
    generation = Gateway.objects.in_environment(environment).get(pk=gateway.pk).generation
    agent = Agent.objects.in_environment(environment).filter(name=name).first()
    if agent is None:
        agent = AgentFactory.create(environment=environment, name=name)
    agent.reported_at, agent.complete_until = now, now + timedelta(seconds=1)
    agent.save()
    AppliedGeneration.objects.using(environment.database).update_or_create(
        agent=agent,
        gateway=gateway.name,
        defaults={"environment": environment, "generation": generation, "applied_at": now},
    )
    return agent
