"""Every bench by its name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tests.bench import (
    agent_lines,
    audit_overhead,
    authorise,
    check,
    cli_start,
    discover,
    discover_idle,
    discover_stack,
    events_stack,
    ingest_stack,
    list_page,
    login,
    pod_live,
    render,
    render_one,
    shared_port,
    tick_stack,
    up_ready,
    weight_live,
    weight_live_stack,
)
from tests.bench.running import Bench

BENCHES: Mapping[str, Bench] = {
    "render.100": partial(render.measure, 100),
    "render.1000": partial(render.measure, 1_000),
    "render.10000": partial(render.measure, 10_000),
    "render.one-of-10000": partial(render_one.measure, 10_000),
    "check.10000": partial(check.measure, 10_000),
    "weight-live.embedded": weight_live.measure,
    "discover.1000": partial(discover.measure, 1_000),
    "discover.10000": partial(discover.measure, 10_000),
    "discover.idle.10000": partial(discover_idle.measure, 10_000),
    "agent.lines": agent_lines.measure,
    "agent.lines.kept": partial(agent_lines.measure, are_kept=True),
    "audit.overhead": audit_overhead.measure,
    "authorise.warm": partial(authorise.measure, 1_000),
    "list.10000x100-tenants": partial(list_page.measure, 10_000),
    "up.ready": up_ready.measure,
    "cli.start": cli_start.measure,
    "login": login.measure,
    "request.shared-port.10000": partial(shared_port.measure, 10_000),
    "weight-live.stack": weight_live_stack.measure,
    "events.stack": events_stack.measure,
    "ingest.stack": ingest_stack.measure,
    "pod-live.stack": pod_live.measure,
    "audit.overhead.stack": audit_overhead.measure,
    "tick.stack.100x3": partial(tick_stack.measure, 100),
    # Last: the cluster goes on for minutes with taking 10,000 pods away.
    "discover.stack.10000": partial(discover_stack.measure, 10_000),
    "discover.idle.stack.10000": partial(discover_stack.measure_idle, 10_000),
}
