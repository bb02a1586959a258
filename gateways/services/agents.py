"""What agents tell: that they live, what they serve, and what they saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from gateways import events
from gateways.documents.agent_report import AgentReport
from gateways.models import Agent, AppliedGeneration
from gateways.services.scope import Scope
from tenants.connections import metrics_for
from tenants.models import Environment
from vamp.contention import repeated
from vamp.ports.metrics import Rollup

BATCH = 500


@repeated
def record_report(environment: Environment, name: str, report: AgentReport) -> Agent:
    """Keep what an agent says of itself; its first report makes its row.

    Only gateways whose generation is news are written. An event tells when something was applied
    or went wrong, and nothing where the report is a mere heartbeat.
    """
    scope = Scope(environment, f"agent:{name}")
    now = timezone.now()
    with transaction.atomic(using=scope.database):
        held = (
            Agent.objects.in_environment(environment).select_for_update().filter(name=name).first()
        )
        faults_before = held.faults if held else []
        agent = _save(environment, name, report, held, now)
        news = _applied(environment, agent, report, now)
        if held is None:
            scope.emit(events.AGENT_APPEARED, {"agent": name})
        if news:
            scope.emit(
                events.GATEWAY_APPLIED,
                {"agent": name, "gateways": dict(list(news.items())[:BATCH])},
            )
        if agent.faults and agent.faults != faults_before:
            scope.emit(events.AGENT_FAULTED, {"agent": name, "faults": agent.faults[:20]})
    return agent


def record_rollups(environment: Environment, rollups: Sequence[Rollup]) -> None:
    """Store rolled-up traffic; what is stored already is left as it is."""
    metrics_for(environment).write(rollups)


@repeated
def forget_agent(agent: Agent, *, actor: str) -> None:
    """Forget an agent that is gone for good, so that releases stop waiting for it."""
    scope = Scope(agent.environment, actor)
    with transaction.atomic(using=scope.database):
        scope.audit("agent.forgotten", agent.name, before={"address": agent.address})
        scope.emit(events.AGENT_FORGOTTEN, {"agent": agent.name})
        agent.delete()


def _save(
    environment: Environment, name: str, report: AgentReport, held: Agent | None, now: datetime
) -> Agent:
    fields: dict[str, Any] = {
        "address": report.address,
        "boot": report.boot,
        "version": report.version,
        "haproxy_version": report.haproxy_version,
        "started_at": report.started_at,
        "reported_at": now,
        "complete_until": report.complete_until,
        "dropped": report.dropped,
        "dropped_at": report.dropped_at,
        "reloads": report.reloads,
        "faults": [fault.model_dump(mode="json") for fault in report.faults],
    }
    agent = held or Agent(environment=environment, name=name)
    for field, value in fields.items():
        setattr(agent, field, value)
    agent.save(using=environment.database)
    return agent


def _applied(
    environment: Environment, agent: Agent, report: AgentReport, now: datetime
) -> Mapping[str, int]:
    """Write what is news and return it: gateway → generation."""
    rows = AppliedGeneration.objects.in_environment(environment).filter(agent=agent)
    if not report.told and not report.is_full:
        return {}
    held = dict(rows.values_list("gateway", "generation"))
    news = {name: number for name, number in report.applied.items() if held.get(name) != number}
    gone = held.keys() - report.applied.keys() if report.is_full else {*report.withdrawn}
    if gone:
        rows.filter(gateway__in=gone).delete()
    AppliedGeneration.objects.using(environment.database).bulk_create(
        [
            AppliedGeneration(
                environment=environment,
                agent=agent,
                gateway=name,
                generation=number,
                applied_at=now,
            )
            for name, number in news.items()
        ],
        batch_size=BATCH,
        update_conflicts=True,
        update_fields=["generation", "applied_at"],
        unique_fields=_conflict_target(environment.database, ["agent", "gateway"]),
    )
    return news


def _conflict_target(database: str, fields: list[str]) -> list[str] | None:
    """Return `fields` where the database wants to be told them; MySQL goes by its own indexes."""
    features = connections[database].features
    return fields if features.supports_update_conflicts_with_target else None
