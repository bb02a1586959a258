"""``ingest.stack``: log lines into Elasticsearch, counted and kept, beside rsyslog doing the latter."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import count
from typing import Final
from urllib.parse import urlsplit

from tests.bench import rsyslog, stack
from tests.bench.agent_load import Load, in_process_of_its_own
from tests.bench.agent_parts import AgentParts
from tests.bench.measurement import Measurement
from tests.bench.proxy import short_folder
from tests.bench.running import Tell
from vamp.drivers.elasticsearch.cluster import Cluster
from vamp.dsn import Dsn
from vamp.wiring import lines_from_url, metrics_from_url

LINES: Final = 20_000
ROUNDS: Final = 3
WAIT_S: Final = 120.0

_DAY: Final = "2026.11.23"
"""Of the lines that `agent_load` makes."""

_numbers: Iterator[int] = count(1)


def measure(tell: Tell) -> Measurement:
    """Send `LINES` lines a round to an agent and to a rsyslog by turns, each into a new index.

    Without rsyslog there is nothing beside ours; the line says what is missing, and the floor is
    our own rate.
    """
    missing = rsyslog.missing()
    ours, theirs = [], []
    is_right = True
    cluster = Cluster(Dsn.parse(stack.metrics_url()))
    with in_process_of_its_own(LINES) as load:
        for number in range(ROUNDS):
            tell(f"agent, round {number + 1} of {ROUNDS}")
            rate, is_whole = _agent_lines_per_s(load, cluster)
            ours.append(rate)
            is_right = is_right and is_whole
            if not missing:
                tell(f"rsyslog, round {number + 1} of {ROUNDS}")
                theirs.append(_rsyslog_lines_per_s(load, cluster))
    more = {"floor_is": f"our own: {missing}" if missing else "rsyslog, raw lines alone"}
    return Measurement(ours, "lines/s", theirs or ours, is_right=is_right, more=more)


def _agent_lines_per_s(load: Load, cluster: Cluster) -> tuple[float, bool]:
    """Return the rate, and whether every line is stored once and counted once."""
    place = {"organisation": "ingest", "environment": f"agent{next(_numbers)}"}
    url = stack.metrics_url()
    metrics, lines = metrics_from_url(url, database="", **place), lines_from_url(url, **place)
    with short_folder() as folder, AgentParts(folder, metrics, lines).running() as agent:
        begun = time.perf_counter()
        load.send_frames(agent.port)
        agent.count(LINES)
        took_s = time.perf_counter() - begun
    stem = f"{cluster.prefix}-ingest-{place['environment']}"
    cluster.refresh(f"{stem}-*")
    client = cluster.client
    kept = client.count(index=f"{stem}-traffic-{_DAY}")["count"]
    sums = client.search(
        index=f"{stem}-rollup-{_DAY}", size=0, aggs={"all": {"sum": {"field": "count"}}}
    )
    return LINES / took_s, kept == sums["aggregations"]["all"]["value"] == LINES


def _rsyslog_lines_per_s(load: Load, cluster: Cluster) -> float:
    """Return the rate until Elasticsearch has taken all; its index is mapped like ours."""
    index = f"{cluster.prefix}-ingest-rsyslog{next(_numbers)}-traffic-{_DAY}"
    server_port = urlsplit(os.environ["VAMP_STACK_ELASTICSEARCH_ADDR"]).port or 9200
    with rsyslog.shipping_to(server_port, index) as port:
        begun = time.perf_counter()
        load.send_frames(port)
        while (found := _indexed(cluster, index)) < LINES:
            if time.perf_counter() - begun > WAIT_S:
                raise TimeoutError(f"rsyslog shipped {found} of {LINES} lines in {WAIT_S:g} s")
            time.sleep(0.02)
        return LINES / (time.perf_counter() - begun)


def _indexed(cluster: Cluster, index: str) -> int:
    """Return how many documents were taken, seen by searches or not."""
    found = (
        cluster.client.options(ignore_status=404)
        .indices.stats(index=index, metric="indexing", filter_path="_all.primaries")
        .body
    )
    return int(found.get("_all", {}).get("primaries", {}).get("indexing", {}).get("index_total", 0))
