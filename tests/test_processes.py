"""Every process as in production, two of each: a thing is done once, told by one id, and handed on."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from gateways.haproxy.manifest import part_key
from tests.side_by_side import TENANT, make_installation, side_by_side, supervisor, until
from vamp.wiring import kv_from_url

pytestmark = pytest.mark.processes

GATEWAYS = [f"g{number}" for number in range(12)]
SERVICES = {"services": {"shop": {"versions": {"1.0.0": {"command": ["true"], "instances": 0}}}}}


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    folder = tmp_path_factory.mktemp("side-by-side") / "state"
    make_installation(folder)
    return folder


@pytest.fixture
def installation(state):
    with side_by_side(state) as made:
        yield made
    made.free_leases()


def published(installation):
    rows = installation.rows("SELECT name, generation, published_generation FROM gateways_gateway")
    return {name for name, generation, done in rows if generation == done}


def test_processes__two_of_each__do_everything_once_under_one_request_id_and_end_politely(
    installation,
):
    names = ["web", "worker-1", "worker-2", "consume-1", "consume-2", "sync-1", "sync-2"]
    names += ["beat-1", "beat-2"]
    with supervisor(installation.state / "services", SERVICES):
        installation.start(*names)
        for name in GATEWAYS:
            write(installation, name)
        until(lambda: published(installation) >= set(GATEWAYS))
        until(lambda: installation.rows("SELECT name FROM gateways_service") == [("shop",)])

    behind = "vamp_events_behind"
    until(lambda: installation.metric("consume-1", behind) == 0)
    assert {name: installation.asked(name, "healthz") for name in names} == dict.fromkeys(
        names, 200
    )
    handed = Counter(
        (line["consumer"], line["event_id"], line.get("is_ahead", False))
        for line in installation.logged("consume", "message.handed_over")
    )
    # Each to those consumers that want it: once ahead of the stream, once by it at most.
    assert len(handed) >= len(GATEWAYS)
    assert set(handed.values()) == {1}
    tasks = Counter(line["task_id"] for line in installation.logged("worker", "task.ended"))
    assert set(tasks.values()) == {1}
    assert parts_written(installation) == dict.fromkeys(GATEWAYS, 1)
    changes = sum(installation.metric(f"sync-{n}", "vamp_sync_changes_total") for n in (1, 2))
    assert changes == 1
    assert len(installation.logged("sync", "discovery.following")) == 1
    for name in GATEWAYS:
        assert whats_said_of(installation, name) == {"web", "consume", "worker"}

    assert installation.end(*names) == dict.fromkeys(names, 0)

    held = installation.rows("SELECT name FROM vamp_lease WHERE expires_at > datetime('now')")
    assert [name for (name,) in held if not name.startswith("policies.")] == []
    assert not list((installation.state / "run").glob("*.probe"))


def parts_written(installation):
    """How often the part of each gateway was written to the key-value store."""
    key = (installation.state / "kv_key").read_text().strip()
    store = kv_from_url(f"file://{installation.state}/kv", key=key)
    held = {name: store.get(part_key(*TENANT.split("/"), name)) for name in GATEWAYS}
    return {name: entry and entry.revision for name, entry in held.items()}


def whats_said_of(installation, name):
    """Which processes said something of the request that made a gateway: all with its id."""
    request_id = f"write-{name}"
    events = installation.rows("SELECT id, payload FROM vamp_outboxevent")
    caused = {f"default:{pk}" for pk, payload in events if f'"{request_id}"' in payload}
    assert caused
    said = set()
    for process in ("web", "consume", "worker"):
        for line in installation.logged(process):
            if line.get("event_id") in caused:
                assert line["request_id"] == request_id
                assert line["actor"] == "acme/admin"
            if line.get("request_id") == request_id:
                assert (line["organisation"], line["environment"]) == ("acme", "production")
                said.add(process)
    audited = installation.rows(
        "SELECT count(*) FROM vamp_auditentry WHERE verb = 'gateway.created'"
        " AND request_id = ? AND name = ?",
        request_id,
        name,
    )
    assert audited == [(1,)]
    return said


def is_publishing(installation, name):
    return "task gateways.publish" in installation.health(name)["loops_s"]


def write(installation, name):
    document = {"name": name, "hosts": [f"{name}.example.test"]}
    installation.call("POST", "gateways", f"write-{name}", document)


def test_worker__asked_to_end_in_the_middle_of_a_task__finishes_it(installation):
    installation.start("web", "consume-1", "worker-1")
    write(installation, "finished-1")
    until(lambda: "finished-1" in published(installation))

    with installation.nobody_publishes():
        write(installation, "finished-2")
        until(lambda: is_publishing(installation, "worker-1"))
        installation.processes["worker-1"].terminate()
        until(lambda: installation.asked("worker-1", "readyz") == 503)

    assert installation.processes.pop("worker-1").wait(60) == 0
    assert "finished-2" in published(installation)


def test_worker__task_outlives_the_time_to_end__is_handed_back_and_done_by_another(installation):
    impatient = {"worker-1": ["--stop-within", "0.5"]}
    installation.start("web", "consume-1", "worker-1", options=impatient)
    write(installation, "handed-1")
    until(lambda: "handed-1" in published(installation))

    with installation.nobody_publishes():
        write(installation, "handed-2")
        until(lambda: is_publishing(installation, "worker-1"))
        assert installation.end("worker-1") == {"worker-1": 0}
        told = installation.logged("worker-1", "tasks.handed_back")
        assert told[0]["tasks"] == ["gateways.publish"]
        assert "handed-2" not in published(installation)

    installation.start("worker-2")  # no schedule runs: only what was handed back brings it about
    until(lambda: "handed-2" in published(installation))


SECOND = {128 + signal.SIGINT, 128 + signal.SIGTERM}


def test_process__asked_twice__ends_at_once_with_the_shells_status(installation):
    names = ["worker-1", "web", "consume-1", "beat-1", "sync-1"]
    installation.start(*names)

    for name in names:
        # Stopped, it hears both when it goes on. They are of two kinds: a second signal of a kind
        # that waits to be heard is none. Threads hear them, so either may be the second.
        for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            installation.processes[name].send_signal(number)

    ended = {name: installation.processes.pop(name).wait(60) for name in names}
    # Ended politely it would be 0: the status is of the signal that came second.
    assert {name: status for name, status in ended.items() if status not in SECOND} == {}


def test_beat__the_one_that_works_ends__another_goes_on_with_the_schedule(installation):
    installation.start("beat-1")
    until(lambda: queued(installation))
    installation.start("beat-2")
    holder = lease_of_beat(installation)

    assert installation.end("beat-1") == {"beat-1": 0}

    until(lambda: lease_of_beat(installation) != holder)
    before = queued(installation)
    until(lambda: queued(installation) - before)


def lease_of_beat(installation):
    return installation.rows("SELECT holder FROM vamp_lease WHERE name = 'vamp.beat'")


def queued(installation):
    """What waits at the embedded broker; no worker takes any here."""
    return {path.name for path in (installation.state / "broker" / "queue").glob("*.msg")}
