"""What agents tell, written down: their rows, what they serve, and the events of it."""

from __future__ import annotations

from datetime import timedelta

from gateways.documents.agent_report import AgentFault, AgentReport
from gateways.models import Agent, AppliedGeneration
from gateways.services.agents import BATCH, forget_agent, record_report, record_rollups
from tenants.connections import metrics_for
from tests.factories import NOON, AgentFactory, AppliedFactory
from vamp.models import AuditEntry, OutboxEvent
from vamp.ports.metrics import HISTOGRAM_SIZE, Rollup, Window


def report(applied=None, *, is_full=False, **fields):
    return AgentReport(boot="b1", started_at=NOON, applied=applied or {}, full=is_full, **fields)


def applied_in(environment):
    rows = AppliedGeneration.objects.in_environment(environment)
    return dict(rows.values_list("gateway", "generation"))


def told(environment):
    """Return what was emitted, oldest first, without the path of the environment."""
    subjects = OutboxEvent.objects.using(environment.database).filter(
        subject__startswith="vamp.acme.production.gateways."
    )
    names = subjects.order_by("pk").values_list("subject", flat=True)
    return [name.removeprefix("vamp.acme.production.gateways.") for name in names]


def test_report__first_one__makes_the_agent_and_tells_of_it(environment):
    agent = record_report(environment, "vga-1", report({"shop": 3}, reloads=2, dropped=5))

    held = Agent.objects.in_environment(environment).get()
    assert (held.pk, held.name, held.boot) == (agent.pk, "vga-1", "b1")
    assert (held.reloads, held.dropped, held.started_at) == (2, 5, NOON)
    assert applied_in(environment) == {"shop": 3}
    assert told(environment) == ["agent.appeared", "gateway.applied"]


def test_report__mere_heartbeat__moves_the_time_and_tells_nothing(environment):
    first = record_report(environment, "vga-1", report({"shop": 3}))
    before = told(environment)

    again = record_report(environment, "vga-1", report({"shop": 3}))

    assert again.pk == first.pk
    assert again.reported_at > first.reported_at
    assert told(environment) == before


def test_report__same_generation_again__keeps_when_it_was_applied(environment):
    agent = AgentFactory.create(environment=environment)
    AppliedFactory.create(environment=environment, agent=agent, gateway="shop", generation=3)

    record_report(environment, "vga-1", report({"shop": 3, "cart": 1}))

    rows = AppliedGeneration.objects.in_environment(environment)
    assert rows.get(gateway="shop").applied_at == NOON
    assert rows.get(gateway="cart").applied_at > NOON


def test_report__of_changes__keeps_what_it_leaves_out_and_drops_the_withdrawn(environment):
    record_report(environment, "vga-1", report({"shop": 1, "cart": 1, "stock": 1}))

    record_report(environment, "vga-1", report({"shop": 2, "cart": None, "unheard": None}))

    assert applied_in(environment) == {"shop": 2, "stock": 1}


def test_report__full__drops_what_it_leaves_out(environment):
    record_report(environment, "vga-1", report({"shop": 1, "cart": 1}))

    record_report(environment, "vga-1", report({"shop": 1}, is_full=True))

    assert applied_in(environment) == {"shop": 1}


def test_report__older_generation__is_believed(environment):
    record_report(environment, "vga-1", report({"shop": 5}))

    record_report(environment, "vga-1", report({"shop": 4}))

    assert applied_in(environment) == {"shop": 4}


def test_report__more_gateways_than_one_batch__are_all_written(environment):
    generations = {f"shop-{number}": number for number in range(BATCH + 1)}

    record_report(environment, "vga-1", report(generations))

    assert applied_in(environment) == generations


def test_report__of_one_agent__leaves_the_others_alone(environment, other_environment):
    record_report(environment, "vga-2", report({"shop": 7}))
    record_report(other_environment, "vga-1", report({"shop": 8}))

    record_report(environment, "vga-1", report({}, is_full=True))

    assert applied_in(environment) == {"shop": 7}
    assert applied_in(other_environment) == {"shop": 8}


def test_report__fault_that_stays__is_told_once(environment):
    fault = AgentFault(gateway="shop", message="the port is taken", since=NOON)

    for _ in range(2):
        agent = record_report(environment, "vga-1", report(faults=(fault,)))

    assert agent.faults == [
        {"gateway": "shop", "message": "the port is taken", "since": "2026-03-01T12:00:00Z"}
    ]
    assert told(environment) == ["agent.appeared", "agent.faulted"]


def test_rollups__written_twice__count_once(environment):
    rollup = Rollup(
        id="vga-1/b1/0/shop/stable/0",
        agent="vga-1",
        gateway="shop",
        route="stable",
        service="",
        version="",
        start=NOON,
        seconds=5.0,
        count=2,
        statuses=(0, 2, 0, 0, 0, 0),
        errors=0,
        bytes_out=10,
        latency_sum_ms=2.0,
        latency_histogram=(2,) + (0,) * (HISTOGRAM_SIZE - 1),
    )

    for _ in range(2):
        record_rollups(environment, [rollup])

    window = Window("shop", NOON, NOON + timedelta(seconds=5))
    assert metrics_for(environment).traffic([window])[0].count == 2


def test_forget__agent__takes_what_it_served_and_is_recorded(environment):
    applied = AppliedFactory.create(environment=environment)
    kept = AgentFactory.create(environment=environment, name="vga-2")

    forget_agent(applied.agent, actor="acme/ana")

    assert list(Agent.objects.in_environment(environment)) == [kept]
    assert applied_in(environment) == {}
    assert told(environment) == ["agent.forgotten"]
    entry = AuditEntry.objects.using(environment.database).get(verb="agent.forgotten")
    assert (entry.actor, entry.name) == ("acme/ana", "vga-1")
